internal import RaftCore

/// The ways in which a replica comes to rest: for good, when the node stops, or for a moment, while the node gives up
/// its own history for that of another cluster.
///
/// Expiry: whoever waits for the replica to be idle waits until a deadline (`takeOverdue`), or until all such waits are
/// abandoned (`takeWaiters`).
struct Standstill {
    typealias Waiter = (_ isIdle: Bool) -> Void

    /// The node stops: new requests fail, those that are open are finished.
    private(set) var isShuttingDown = false
    /// Nothing is stepped, requests wait.
    private(set) var isFrozen = false
    private var waiters: [(deadline: Instant, waiter: Waiter)] = []
    private var deadlines = NextDeadline()

    /// Somebody waits for the replica to be idle.
    var isAwaited: Bool { !waiters.isEmpty }

    /// The end of a standstill depends on the applied index, so each advance of it deserves a turn.
    var awaitsApply: Bool { isShuttingDown || !waiters.isEmpty }

    /// Requests that are held must fail, and so the clock must be looked at.
    var needsClock: Bool { isShuttingDown }

    /// When `takeOverdue` may have something to do; nil if nobody waits.
    var nextDeadline: Instant? { deadlines.instant }

    mutating func beginShutdown() { isShuttingDown = true }

    mutating func freeze() { isFrozen = true }

    mutating func unfreeze() { isFrozen = false }

    mutating func append(_ waiter: @escaping Waiter, deadline: Instant) {
        waiters.append((deadline, waiter))
        deadlines.include(deadline)
    }

    /// Takes out all who wait for the replica to be idle.
    mutating func takeWaiters() -> [Waiter] {
        let all = waiters.map(\.waiter)
        waiters.removeAll()
        deadlines.reset()
        return all
    }

    /// Takes out those whose time is up.
    mutating func takeOverdue(now: Instant) -> [Waiter] {
        guard deadlines.isReached(at: now) else { return [] }
        let overdue = waiters.filter { $0.deadline <= now }.map(\.waiter)
        waiters.removeAll { $0.deadline <= now }
        deadlines.reset()
        for waiter in waiters { deadlines.include(waiter.deadline) }
        return overdue
    }
}
