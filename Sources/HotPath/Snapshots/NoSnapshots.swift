package import RaftCore

/// The exchange of a node whose cluster compacts no log, so that nobody ever needs a snapshot.
package final class NoSnapshots: SnapshotExchange {
    package init() {}

    package func prepare(for member: NodeID, id: UInt64) { nobodyNeedsOne() }
    package func release(id: UInt64) { nobodyNeedsOne() }
    package func fetch(_ lastIncluded: LogID, from leader: NodeID, id: UInt64) { nobodyNeedsOne() }
    package func cancelFetch(id: UInt64) { nobodyNeedsOne() }

    private func nobodyNeedsOne() -> Never {
        preconditionFailure("a snapshot is asked for although no node compacts its log")
    }
}
