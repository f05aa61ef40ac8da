import HotPath
import RaftCore

/// The exchange of a node whose cluster compacts no log, so that nobody ever needs a snapshot.
final class NoSnapshots: SnapshotExchange {
    func prepare(for member: NodeID, id: UInt64, oldest: LogIndex) { nobodyNeedsOne() }
    func release(id: UInt64) { nobodyNeedsOne() }
    func fetch(_ lastIncluded: LogID, from leader: NodeID, id: UInt64) { nobodyNeedsOne() }
    func cancelFetch(id: UInt64) { nobodyNeedsOne() }
    var transfers: [SnapshotProgress] { [] }

    private func nobodyNeedsOne() -> Never {
        preconditionFailure("a snapshot is asked for although no node compacts its log")
    }
}
