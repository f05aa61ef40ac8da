internal import RaftCore

/// Those who wait until a change of the configuration is committed, in order of index.
///
/// Expiry: a waiter leaves when its index is committed (`popFirst`), and at its deadline (`takeOverdue`), because
/// without a majority nothing is committed; the others end with leadership (`endWithLeadership`, `takeEnded`), since
/// nobody reports to this node then what became of their change.
struct ConfigurationWaiters {
    typealias Waiter = (Replica.ConfigurationResult) -> Void

    private var waiters: [(id: LogID, deadline: Instant, waiter: Waiter)] = []
    private var deadlines = NextDeadline()
    private var haveEnded = false

    /// When `takeOverdue` may have something to do; nil if nobody waits.
    var nextDeadline: Instant? { deadlines.instant }

    mutating func append(_ waiter: @escaping Waiter, for id: LogID, deadline: Instant) {
        waiters.append((id, deadline, waiter))
        deadlines.include(deadline)
    }

    /// Takes out the first waiter if the index of its entry is committed, whether with that entry or with another one.
    mutating func popFirst(through commitIndex: LogIndex) -> (id: LogID, waiter: Waiter)? {
        guard let first = waiters.first, first.id.index <= commitIndex else { return nil }
        waiters.removeFirst()
        return (first.id, first.waiter)
    }

    /// Leadership was lost: all who still wait in `takeEnded` get no result.
    mutating func endWithLeadership() { haveEnded = true }

    /// Takes out those whose change may or may not be committed by another leader.
    mutating func takeEnded() -> [Waiter] {
        guard haveEnded else { return [] }
        haveEnded = false
        return takeAll()
    }

    /// Takes out those whose time is up; their change may still be committed.
    mutating func takeOverdue(now: Instant) -> [Waiter] {
        guard deadlines.isReached(at: now) else { return [] }
        let overdue = waiters.filter { $0.deadline <= now }.map(\.waiter)
        waiters.removeAll { $0.deadline <= now }
        deadlines.reset()
        for waiter in waiters { deadlines.include(waiter.deadline) }
        return overdue
    }

    mutating func takeAll() -> [Waiter] {
        let all = waiters.map(\.waiter)
        waiters.removeAll()
        deadlines.reset()
        return all
    }
}
