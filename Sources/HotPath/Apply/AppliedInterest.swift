internal import Synchronization

/// Whether the replica waits for the applied index to advance. It raises the flag, looks at the index once more and
/// only then sleeps; the apply thread publishes the index and then looks at the flag. Both in one total order, so that
/// one of them sees the other.
package final class AppliedInterest: Sendable {
    private let raised = Atomic<Bool>(false)

    package init() {}

    package func set(_ isWaiting: Bool) {
        if raised.load(ordering: .relaxed) != isWaiting { raised.store(isWaiting, ordering: .sequentiallyConsistent) }
    }

    package var isRaised: Bool { raised.load(ordering: .sequentiallyConsistent) }
}
