internal import Synchronization

/// Whether somebody still waits for long work on another thread.
final class Wanted: Sendable {
    private let isWithdrawn = Atomic<Bool>(false)

    var value: Bool { !isWithdrawn.load(ordering: .acquiring) }

    func withdraw() { isWithdrawn.store(true, ordering: .releasing) }
}
