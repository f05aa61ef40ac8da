internal import Synchronization

/// Whether the replica waits for the applied index to advance. It raises the flag, looks at the index once more and
/// only then sleeps; the apply thread publishes the index and then looks at the flag. Each does the second only after a
/// fence that follows the first, and fences stand in one total order: whichever comes later, its thread sees what the
/// other one has published. How the index itself is stored and loaded does not matter to that.
package final class AppliedInterest: Sendable {
    private let raised = Atomic<Bool>(false)

    package init() {}

    /// Returns whether that is news.
    @discardableResult
    package func set(_ isWaiting: Bool) -> Bool {
        guard raised.load(ordering: .relaxed) != isWaiting else { return false }
        raised.store(isWaiting, ordering: .relaxed)
        atomicMemoryFence(ordering: .sequentiallyConsistent)
        return true
    }

    /// For the thread that has just published the index and left it in the mailbox.
    package var isRaised: Bool {
        atomicMemoryFence(ordering: .sequentiallyConsistent)
        return raised.load(ordering: .relaxed)
    }
}
