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

    package init(
        id: NodeID, role: Role, raftAddress: String = "", httpAddress: String = "", aliases: [String] = []
    ) {
        self.id = id
        self.role = role
        self.raftAddress = raftAddress
        self.httpAddress = httpAddress
        self.aliases = aliases
    }
}

/// The members of a cluster as one configuration entry of the log states them. Members are ordered by id, so that all
/// nodes iterate them in the same order.
package struct Configuration: Hashable, Sendable {
    /// Ordered by id, without duplicates.
    package private(set) var members: [Member]

    package init(members: [Member] = []) {
        self.members = members.sorted { $0.id < $1.id }
        for index in self.members.indices.dropFirst() {
            precondition(
                self.members[index - 1].id != self.members[index].id,
                "member \(self.members[index].id) is listed twice in a configuration")
        }
    }

    package subscript(id: NodeID) -> Member? { members.first { $0.id == id } }

    /// The member with this id or alias.
    package func member(named name: String) -> Member? {
        members.first { $0.id.name == name } ?? members.first { $0.aliases.contains(name) }
    }

    package func isVoter(_ id: NodeID) -> Bool { self[id]?.role == .voter }

    package var voterCount: Int {
        var count = 0
        for member in members where member.role == .voter { count += 1 }
        return count
    }

    /// The smallest number of voters that form a majority; 1 for an empty configuration, so that nothing commits
    /// without a voter.
    package var quorum: Int { voterCount / 2 + 1 }
}

/// A change of one member, the unit of thesis 4.1: "only single-server changes are allowed".
package enum ConfigurationChange: Hashable, Sendable {
    /// Adds a learner, or replaces the addresses and aliases of a member, whose role stays.
    case addLearner(Member)
    /// Turns a learner into a voter.
    case promote(NodeID)
    /// Turns a voter into a learner.
    case demote(NodeID)
    case remove(NodeID)
}
