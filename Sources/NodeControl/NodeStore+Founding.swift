internal import Bytes
package import ClusterControl
internal import HotPath
package import RaftCore
package import Storage

extension NodeStore {
    /// Makes a fresh directory a cluster of one, whose first entry is its configuration (thesis 4.4). A directory that
    /// belongs to a cluster already stays as it is.
    package func foundClusterOfOne(
        id: ClusterID, nodeID: NodeID, addresses: AnnouncedAddresses
    ) throws(StorageError) {
        guard clusterID == nil else { return }
        let member = Member(
            id: nodeID, role: .voter, raftAddress: addresses.raft(boundPort: nil)?.description ?? "",
            httpAddress: addresses.http(boundPort: nil)?.description ?? "")
        let term = Term(1)
        let entry = Entry(
            id: LogID(index: LogIndex(1), term: term), kind: .configuration, commandCount: 0,
            payload: ConfigurationCodec.encode(Configuration(members: [member])))
        try bootstrap(clusterID: id, configurationEntry: entry, hardState: HardState(currentTerm: term))
    }
}
