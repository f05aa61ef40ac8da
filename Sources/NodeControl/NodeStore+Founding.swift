internal import Bytes
package import ClusterControl
internal import HotPath
package import RaftCore
package import Storage

extension InstanceID {
    /// A new one from the system's random generator.
    package static func random() -> InstanceID {
        InstanceID(high: .random(in: .min ... .max), low: .random(in: .min ... .max))
    }
}

extension NodeStore {
    /// Makes a fresh directory a cluster of one, whose first entry is its configuration (thesis 4.4). A directory that
    /// belongs to a cluster already stays as it is. `featureLevel` is the one that this node knows.
    package func foundClusterOfOne(
        id: ClusterID, instance: InstanceID, nodeID: NodeID, addresses: AnnouncedAddresses, featureLevel: UInt8
    ) throws(StorageError) {
        guard clusterID == nil else { return }
        let member = Member(
            id: nodeID, role: .voter, raftAddress: addresses.raft(boundPort: nil)?.description ?? "",
            httpAddress: addresses.http(boundPort: nil)?.description ?? "", instance: instance)
        let term = Term(1)
        let entry = Entry(
            id: LogID(index: LogIndex(1), term: term), Configuration(members: [member], featureLevel: featureLevel))
        try bootstrap(
            clusterID: id, instance: instance, configurationEntry: entry, hardState: HardState(currentTerm: term))
    }
}
