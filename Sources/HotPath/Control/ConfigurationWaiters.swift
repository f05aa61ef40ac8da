internal import RaftCore

/// Those who wait until a change of the configuration is committed, in order of index.
///
/// Expiry: a waiter leaves when its index is committed (`popFirst`); the others end with leadership
/// (`endWithLeadership`, `takeEnded`), since nobody reports to this node then what became of their change.
struct ConfigurationWaiters {
    typealias Waiter = (Replica.ConfigurationResult) -> Void

    private var waiters: [(id: LogID, waiter: Waiter)] = []
    private var haveEnded = false

    mutating func append(_ waiter: @escaping Waiter, for id: LogID) {
        waiters.append((id, waiter))
    }

    /// Takes out the first waiter if the index of its entry is committed, whether with that entry or with another one.
    mutating func popFirst(through commitIndex: LogIndex) -> (id: LogID, waiter: Waiter)? {
        guard let first = waiters.first, first.id.index <= commitIndex else { return nil }
        return waiters.removeFirst()
    }

    /// Leadership was lost: all who still wait in `takeEnded` get no result.
    mutating func endWithLeadership() { haveEnded = true }

    /// Takes out those whose change may or may not be committed by another leader.
    mutating func takeEnded() -> [Waiter] {
        guard haveEnded else { return [] }
        haveEnded = false
        return takeAll()
    }

    mutating func takeAll() -> [Waiter] {
        let all = waiters.map(\.waiter)
        waiters.removeAll()
        return all
    }
}
