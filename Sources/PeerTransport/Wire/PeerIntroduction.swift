package import ClusterControl
package import RaftCore

/// A peer's words about itself in a handshake. Its strings are its own claims: escape them before showing them.
package struct PeerIntroduction: Hashable, Sendable {
    package var nodeID: NodeID
    /// Random, drawn at each start of the peer's process.
    package var startID: UInt64
    package var clusterID: ClusterID?
    /// This life of the peer's directory; nil without a cluster.
    package var instance: InstanceID?
    /// Since which entry that instance is a member, as far as the peer knows.
    package var memberSince: LogIndex
    package var protocolVersion: UInt16
    package var softwareVersion: String
    package var memberCount: Int
    /// The highest feature level that the peer knows.
    package var featureLevel: UInt8
    package var electionSettings: ElectionSettings
    /// `host:port` at which this node reaches the peer's listener: the one that the peer is set to announce, or
    /// the address that was dialled, or the host that its connection came from with the port it announces.
    package var raftAddress: String
    /// The peer's operator has set that address.
    package var isRaftAddressSet: Bool
    /// The peer's HTTP listener in the same way; empty if it announces none.
    package var httpAddress: String
    /// `host:port` at which the peer reaches this node's listener.
    package var addressSeen: String
}
