internal import RaftCore

/// Those who wait for a comparison of all data. A comparison serves all who asked before it began.
///
/// Expiry: a waiter leaves when its comparison has ended (`takeServed`), at its deadline (`takeOverdue`), and with
/// leadership (`takeAll`).
struct WholeComparisonWaiters {
    typealias Waiter = (WholeComparison) -> Void

    private var waiters: [(deadline: Instant, isServed: Bool, waiter: Waiter)] = []
    private var deadlines = NextDeadline()

    /// Nobody waits for a comparison that has not begun.
    var isEmpty: Bool { waiters.allSatisfy(\.isServed) }

    var nextDeadline: Instant? { deadlines.instant }

    var lastDeadline: Instant? { waiters.map(\.deadline).max() }

    mutating func append(_ waiter: @escaping Waiter, deadline: Instant) -> Bool {
        guard waiters.count < ReplicaLimits.comparisonsWaitingMax else { return false }
        waiters.append((deadline, false, waiter))
        deadlines.include(deadline)
        return true
    }

    mutating func serve() {
        for place in waiters.indices { waiters[place].isServed = true }
    }

    mutating func takeServed() -> [Waiter] { take { $0.isServed } }

    mutating func takeOverdue(now: Instant) -> [Waiter] {
        deadlines.isReached(at: now) ? take { $0.deadline <= now } : []
    }

    mutating func takeAll() -> [Waiter] { take { _ in true } }

    private mutating func take(
        _ isTaken: ((deadline: Instant, isServed: Bool, waiter: Waiter)) -> Bool
    ) -> [Waiter] {
        guard !waiters.isEmpty else { return [] }
        let taken = waiters.filter(isTaken).map(\.waiter)
        waiters.removeAll(where: isTaken)
        deadlines.reset()
        for waiter in waiters { deadlines.include(waiter.deadline) }
        return taken
    }
}
