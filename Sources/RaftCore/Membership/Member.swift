/// One server of a cluster configuration.
package struct Member: Hashable, Sendable {
    package enum Role: UInt8, Hashable, Sendable {
        /// Counts in elections and commits.
        case voter = 1
        /// Receives the log and counts in nothing (thesis 4.2.1: a new server catches up before it votes).
        case learner = 2
    }

    package var id: NodeID
    package var role: Role
    /// `host:port` of the peer listener as other members reach it; empty while nobody has seen it from outside.
    package var raftAddress: String
    /// `host:port` of the HTTP listener; empty if unknown.
    package var httpAddress: String
    /// Other names under which users address this member, such as a `node_id` given to `/raft/join` that was not the
    /// real one.
    package var aliases: [String]
    /// Index of the entry that took it in: a node that left and came back is a member since another entry. Zero for
    /// members of the first configuration. The core sets it when it takes a member in.
    package var since: LogIndex
    /// The life of the directory that is the member: no other one counts as it. Nil only where nobody asked for it.
    package var instance: InstanceID?

    package init(
        id: NodeID, role: Role, raftAddress: String = "", httpAddress: String = "", aliases: [String] = [],
        since: LogIndex = .zero, instance: InstanceID? = nil
    ) {
        self.id = id
        self.role = role
        self.raftAddress = raftAddress
        self.httpAddress = httpAddress
        self.aliases = aliases
        self.since = since
        self.instance = instance
    }
}
