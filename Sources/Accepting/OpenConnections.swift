internal import Synchronization

/// The connections that a listener has accepted and that are still open, and how many there may be. Any thread.
///
/// Next to the places within the limit there may be a reserve: a few connections beyond it, which the owner serves
/// otherwise, and soon ends.
package final class OpenConnections: Sendable {
    private struct State {
        var limit: Int
        /// Within the limit, and beyond it.
        var count = 0
        var reserveCount = 0
        /// Those beyond it.
        var beyond: Set<ObjectIdentifier> = []
        /// A listener has found no room. Whoever makes room takes this back and wakes it.
        var isAwaitingRoom = false
        var wake: (@Sendable () -> Void)?
    }

    private let reserve: Int
    private let state: Mutex<State>

    package init(limit: Int, reserve: Int = 0) {
        self.reserve = reserve
        state = Mutex(State(limit: limit))
    }

    /// All that are open.
    package var count: Int { state.withLock { $0.count + $0.reserveCount } }

    package var countWithinLimit: Int { state.withLock { $0.count } }

    package var limit: Int { state.withLock { $0.limit } }

    /// Connections beyond a lower limit stay open.
    package func setLimit(_ limit: Int) {
        change { $0.limit = limit }
    }

    /// Whether the connection, which is open, was accepted when there were as many as there may be.
    package func isBeyondLimit(_ connection: ObjectIdentifier) -> Bool {
        state.withLock { $0.beyond.contains(connection) }
    }

    /// Further connections wait until some of the reserve have closed.
    package var isReserveUsedUp: Bool { state.withLock { $0.reserveCount >= reserve } }

    // MARK: For the gate

    /// `wake` may run on any thread.
    func onRoom(_ wake: (@Sendable () -> Void)?) { state.withLock { $0.wake = wake } }

    /// A connection was accepted. Returns whether it is within the limit.
    func add(_ connection: ObjectIdentifier) -> Bool {
        state.withLock { state in
            guard state.count >= state.limit else {
                state.count += 1
                return true
            }
            state.reserveCount += 1
            state.beyond.insert(connection)
            return false
        }
    }

    /// It has closed.
    func remove(_ connection: ObjectIdentifier) {
        change { state in
            if state.beyond.remove(connection) == nil { state.count -= 1 } else { state.reserveCount -= 1 }
        }
    }

    /// How many more connections there may be; 0 promises a wake-up.
    func roomOrWakeUp() -> Int {
        state.withLock { state in
            let room = max(state.limit - state.count, 0) + max(reserve - state.reserveCount, 0)
            state.isAwaitingRoom = room == 0
            return room
        }
    }

    /// A full listener resumes when a sixteenth of its places is free, or a quarter of its reserve, so that it does not
    /// stop and start with each of them.
    private func change(_ body: (inout State) -> Void) {
        let wake = state.withLock { state -> (@Sendable () -> Void)? in
            body(&state)
            guard state.isAwaitingRoom else { return nil }
            let hasPlaces = state.limit - state.count >= max(1, state.limit / 16)
            let hasReserve = reserve > 0 && reserve - state.reserveCount >= max(1, reserve / 4)
            guard hasPlaces || hasReserve else { return nil }
            state.isAwaitingRoom = false
            return state.wake
        }
        wake?()
    }
}
