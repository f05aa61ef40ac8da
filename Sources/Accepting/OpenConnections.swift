internal import Synchronization

/// The connections that a listener has accepted and that are still open, and how many there may be. Any thread.
package final class OpenConnections: Sendable {
    private let openCount = Atomic(0)
    private let limit: Atomic<Int>
    /// A listener has found no room. Whoever makes room takes this back and wakes it.
    private let isAwaitingRoom = Atomic(false)
    private let wake = Mutex<(@Sendable () -> Void)?>(nil)

    package init(limit: Int) { self.limit = Atomic(limit) }

    package var count: Int { openCount.load(ordering: .sequentiallyConsistent) }

    /// Connections beyond a lower limit stay open.
    package func setLimit(_ newLimit: Int) {
        limit.store(newLimit, ordering: .sequentiallyConsistent)
        wakeIfThereIsRoom()
    }

    // MARK: For the gate

    /// `wake` may run on any thread.
    func onRoom(_ wake: (@Sendable () -> Void)?) { self.wake.withLock { $0 = wake } }

    func increase() { openCount.add(1, ordering: .sequentiallyConsistent) }

    func decrease() {
        openCount.subtract(1, ordering: .sequentiallyConsistent)
        wakeIfThereIsRoom()
    }

    /// How many more connections there may be; 0 promises a wake-up.
    func roomOrWakeUp() -> Int {
        let room = limit.load(ordering: .sequentiallyConsistent) - count
        guard room <= 0 else { return room }
        isAwaitingRoom.store(true, ordering: .sequentiallyConsistent)
        // The connection that made room in between may have looked before the store.
        wakeIfThereIsRoom()
        return 0
    }

    /// A full listener resumes when a sixteenth of its connections have closed, so that it does not stop and start with
    /// each of them.
    private func wakeIfThereIsRoom() {
        guard isAwaitingRoom.load(ordering: .sequentiallyConsistent) else { return }
        let limit = self.limit.load(ordering: .sequentiallyConsistent)
        guard count <= limit - max(1, limit / 16) else { return }
        guard isAwaitingRoom.exchange(false, ordering: .sequentiallyConsistent) else { return }
        wake.withLock { $0 }?()
    }
}
