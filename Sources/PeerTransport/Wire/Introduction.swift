package import ClusterControl
package import RaftCore

/// A node's words about itself in a handshake, apart from its ids.
package struct Introduction: Hashable, Sendable {
    /// Nil while the node belongs to no cluster; it then has no links, but can be introduced and adopted.
    package var clusterID: ClusterID?
    /// This life of its directory; nil without a cluster.
    package var instance: InstanceID?
    /// Since which entry that instance is a member, as far as the node knows; zero if it is none, or of the first
    /// configuration.
    package var memberSince: LogIndex
    /// `host:port` if this node knows it; nil if peers shall use the address that they see.
    package var raftAddress: String?
    /// The operator has set that address (`RAFT_ADVERTISE`), so it wins over one that a join call names.
    package var isRaftAddressSet: Bool
    /// The HTTP listener's address; `:port` if peers shall put the host that they see in front; empty if there is none.
    package var httpAddress: String
    /// The program's version, for people.
    package var softwareVersion: String
    /// Members of the configuration in force, this node included.
    package var memberCount: Int
    /// The highest feature level that this node knows.
    package var featureLevel: UInt8

    /// Preconditions when it is sent: no string is longer than `ConfigurationCodec.stringBytesMax`.
    package init(
        clusterID: ClusterID?, instance: InstanceID? = nil, memberSince: LogIndex = .zero, raftAddress: String? = nil,
        isRaftAddressSet: Bool = false, httpAddress: String = "",
        softwareVersion: String = "", memberCount: Int = 0, featureLevel: UInt8 = FeatureLevel.release
    ) {
        self.clusterID = clusterID
        self.instance = instance
        self.memberSince = memberSince
        self.raftAddress = raftAddress
        self.isRaftAddressSet = isRaftAddressSet
        self.httpAddress = httpAddress
        self.softwareVersion = softwareVersion
        self.memberCount = memberCount
        self.featureLevel = featureLevel
    }
}
