package import RaftCore

/// Why a node has no leader. The three reasons ask for three different acts, so every answer, probe and line of the log
/// that says that there is no leader says which of them it is, in these words.
package enum WhyNoLeader: Hashable, Sendable, CustomStringConvertible {
    /// The node waits to be taken into a cluster.
    case notJoined
    /// It was taken out of its cluster.
    case removed
    /// No majority of the voters can be reached from here. `reachable` counts this node, if it is a voter.
    case noQuorum(reachable: Int, voters: Int)
    /// Enough voters are there, and have not agreed yet.
    case election(Term)

    /// Nil if a leader is known.
    package init?(_ status: NodeStatus) {
        guard status.leaderID == nil else { return nil }
        let configuration = status.configuration
        if configuration.members.isEmpty {
            self = .notJoined
        } else if status.isRemoved || configuration[status.nodeID] == nil {
            self = .removed
        } else if status.reachableVoters < Self.quorum(of: configuration.voterCount) {
            self = .noQuorum(reachable: status.reachableVoters, voters: configuration.voterCount)
        } else {
            self = .election(status.term)
        }
    }

    package var description: String {
        switch self {
        case .notJoined: "not a member of a cluster yet"
        case .removed: "not a member of the cluster any more"
        case .noQuorum(let reachable, let voters): "\(reachable) of \(voters) voters reachable"
        case .election(let term): "election in progress (term \(term))"
        }
    }

    /// What whoever reads the reason can do about it.
    package var advice: String {
        switch self {
        case .notJoined: "join this node with POST /raft/join on a member"
        case .removed: "join this node again with POST /raft/join on a member"
        case .noQuorum(_, let voters):
            "a leader needs \(Self.quorum(of: voters)): start the others, or look at the network between them"
        case .election: "try again"
        }
    }

    /// Whether this is the same reason as another, which may be about another term.
    package func isAlike(_ other: WhyNoLeader) -> Bool {
        if case .election = self, case .election = other { return true }
        return self == other
    }

    private static func quorum(of voters: Int) -> Int { voters / 2 + 1 }
}
