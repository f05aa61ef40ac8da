/// The ways in which a replica comes to rest: for good, when the node stops, or for a moment, while the node gives up
/// its own history for that of another cluster.
///
/// Expiry: has no clock. Whoever waits for the replica to be idle has a separate time-out and abandons the wait then
/// (`takeWaiters`).
struct Standstill {
    typealias Waiter = (_ isIdle: Bool) -> Void

    /// The node stops: new requests fail, those that are open are finished.
    private(set) var isShuttingDown = false
    /// Nothing is stepped, requests wait.
    private(set) var isFrozen = false
    private var waiters: [Waiter] = []

    /// Somebody waits for the replica to be idle.
    var isAwaited: Bool { !waiters.isEmpty }

    /// The end of a standstill depends on the applied index, so each advance of it deserves a turn.
    var awaitsApply: Bool { isShuttingDown || !waiters.isEmpty }

    /// Requests that are held must fail, and so the clock must be looked at.
    var needsClock: Bool { isShuttingDown }

    mutating func beginShutdown() { isShuttingDown = true }

    mutating func freeze() { isFrozen = true }

    mutating func unfreeze() { isFrozen = false }

    mutating func append(_ waiter: @escaping Waiter) { waiters.append(waiter) }

    /// Takes out all who wait for the replica to be idle.
    mutating func takeWaiters() -> [Waiter] {
        let all = waiters
        waiters.removeAll()
        return all
    }
}
