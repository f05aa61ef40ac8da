package import ClusterControl

/// A node's words about itself in a handshake, apart from its ids.
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
