package import HotPath
package import PeerTransport
package import RaftCore
internal import Storage

/// What a node's replica, its links and its control plane need to know of its configuration.
package struct NodeSettings: Sendable {
    package var nodeID: NodeID
    package var addresses: AnnouncedAddresses
    package var raft: RaftSettings
    package var replica: ReplicaSettings
    /// With the seed of this start, which is its id as well.
    package var transport: PeerTransportSettings
    /// The feature level that this node says it knows; that of `raft`, except in tests.
    package var announcedFeatureLevel: UInt8
    /// The most that the rows of a chunk of a snapshot have that this node sends, unless there is only one.
    package var snapshotChunkBytesMax = SnapshotChunk.rowBytesMax
    /// As peers see it.
    package var softwareVersion: String

    package init(
        nodeID: NodeID, addresses: AnnouncedAddresses, raft: RaftSettings, replica: ReplicaSettings,
        transport: PeerTransportSettings, softwareVersion: String
    ) {
        self.nodeID = nodeID
        self.addresses = addresses
        self.raft = raft
        self.replica = replica
        self.transport = transport
        self.softwareVersion = softwareVersion
        announcedFeatureLevel = raft.featureLevel
    }

    /// Tells this process from every other that has had or will have this node id.
    var startID: UInt64 { transport.seed }
}
