package import ClusterControl
package import RaftCore

/// What a node says about itself in a handshake, beside its id and incarnation.
package struct Introduction: Hashable, Sendable {
    /// Nil while the node belongs to no cluster; it then has no links, but can be introduced and adopted.
    package var clusterID: ClusterID?
    /// `host:port` if the operator has set one (`RAFT_ADVERTISE`); nil if peers shall use the address that they see.
    package var raftAddress: String?
    /// The HTTP listener's address; `:port` if peers shall put the host that they see in front; empty if there is none.
    package var httpAddress: String
    /// The program's version, for people.
    package var softwareVersion: String
    /// A node with user data is not adopted without force.
    package var holdsUserData: Bool
    package var approximateKeyCount: UInt64
    /// Members of the configuration in force, this node included.
    package var memberCount: Int

    /// Preconditions when it is sent: no string is longer than `ConfigurationCodec.stringBytesMax`.
    package init(
        clusterID: ClusterID?, raftAddress: String? = nil, httpAddress: String = "", softwareVersion: String = "",
        holdsUserData: Bool = false, approximateKeyCount: UInt64 = 0, memberCount: Int = 0
    ) {
        self.clusterID = clusterID
        self.raftAddress = raftAddress
        self.httpAddress = httpAddress
        self.softwareVersion = softwareVersion
        self.holdsUserData = holdsUserData
        self.approximateKeyCount = approximateKeyCount
        self.memberCount = memberCount
    }
}

/// What a peer said about itself in a handshake. Its strings are its own claims: escape them before showing them.
package struct PeerIntroduction: Hashable, Sendable {
    package var nodeID: NodeID
    /// Random, drawn at each start of the peer's process.
    package var incarnation: UInt64
    package var clusterID: ClusterID?
    package var protocolVersion: UInt16
    package var softwareVersion: String
    package var holdsUserData: Bool
    package var approximateKeyCount: UInt64
    package var memberCount: Int
    /// `host:port` at which this node reaches the peer's listener: the one that the peer was told to announce, or
    /// the address that was dialled, or the host that its connection came from with the port it announces.
    package var raftAddress: String
    /// The peer's HTTP listener in the same way; empty if it announces none.
    package var httpAddress: String
    /// `host:port` at which the peer reaches this node's listener.
    package var addressSeen: String
}
