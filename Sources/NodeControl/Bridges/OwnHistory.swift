internal import ClusterControl
internal import NIOCore
internal import RaftCore
internal import Storage

/// This node's own history as a join sees it: which cluster it belongs to, whether it holds data of users, and how it
/// is given up. The store is asked elsewhere only, so that no event loop waits for its disk.
struct OwnHistory {
    private let store: NodeStore
    private let maintenance: any Maintenance
    private let eventLoop: any EventLoop

    /// The futures complete on `eventLoop`.
    init(_ store: NodeStore, maintenance: any Maintenance, eventLoop: any EventLoop) {
        self.store = store
        self.maintenance = maintenance
        self.eventLoop = eventLoop
    }

    /// Kept in memory: asking for it never waits for the disk.
    var clusterID: ClusterID? { store.facts.clusterID }

    /// The same.
    var instance: InstanceID? { store.facts.instance }

    /// False if the node certainly holds no data of users. The same: kept in memory.
    var mayHoldUsersData: Bool { store.facts.mayHoldUserData }

    /// Roughly the number of users' keys; nil if the node holds no data of users, neither applied nor in its log.
    func usersKeyCount() -> EventLoopFuture<UInt64?> {
        maintenance.run(on: eventLoop) { [store] () throws -> UInt64? in
            try store.isEmpty() ? nil : store.facts.approximateKeyCount
        }
    }

    /// Whether whoever can write into the directory has told this token.
    func hasConsent(_ token: String) -> EventLoopFuture<Bool> {
        maintenance.run(on: eventLoop) { [store] () throws -> Bool in
            try store.hasConsent(token)
        }
    }

    /// Gives the history up for that of the cluster, as `instance`, in one atomic, synced write, and returns the state
    /// to start over with. Without consent it stays if there are data of users in it, or if this node is not alone;
    /// then the result is nil; `asksNobody` is a bug that can be switched on. Call while the replica is frozen.
    func drop(
        for clusterID: ClusterID, as instance: InstanceID, consent: String, isAlone: Bool, asksNobody: Bool = false
    ) -> EventLoopFuture<Raft.Recovered?> {
        maintenance.run(on: eventLoop) { [store] () throws -> Raft.Recovered? in
            let mayDrop = try asksNobody || isAlone && store.isEmpty()
            guard try mayDrop || store.useConsent(consent) else { return nil }
            try store.resetForJoin(clusterID: clusterID, instance: instance)
            // The log is empty by now.
            return try store.recover()
        }
    }
}
