internal import HotPath
internal import RaftCore

extension ProcessPorts: SnapshotExchange {
    func prepare(for member: NodeID, id: UInt64, oldest: LogIndex) {
        guard mayAct(), let process else { return }
        simulation.didAskForSnapshot(for: member, id: id, oldest: oldest, process)
    }

    func release(id: UInt64) { process?.snapshots.offers.removeAll { $0.id == id } }

    func fetch(_ lastIncluded: LogID, from leader: NodeID, id: UInt64) {
        guard mayAct(), let process else { return }
        simulation.didAskToFetch(lastIncluded, from: leader, id: id, process)
    }

    func cancelFetch(id: UInt64) {
        if process?.snapshots.fetch?.id == id { process?.snapshots.fetch = nil }
    }

    /// Nobody looks at them here.
    var transfers: [SnapshotProgress] { [] }
}
