/// A request of the control plane, as a user makes it over HTTP; any node takes it and passes it to the leader.
package enum ControlRequest: Hashable, Sendable {
    case join(JoinRequest)
    case remove(RemoveRequest)
}

extension ControlRequest {
    /// How long the user wants to wait for the answer.
    package var timeoutMilliseconds: Int {
        switch self {
        case .join(let request): request.timeoutMilliseconds
        case .remove(let request): request.timeoutMilliseconds
        }
    }
}

package struct JoinRequest: Hashable, Sendable {
    /// The name that the user gave; kept as an alias if the joiner's real id is another.
    package var nodeID: String
    /// `host:port` of the joiner's peer listener, as the leader reaches it.
    package var raftAddress: String
    package var httpAddress: String?
    /// Stay a learner instead of becoming a voter after catching up.
    package var asLearner = false
    /// Take in a joiner that holds data, which it loses.
    package var force = false
    /// Return only after promotion.
    package var wait = true
    package var timeoutMilliseconds = 10_000

    package init(nodeID: String, raftAddress: String) {
        self.nodeID = nodeID
        self.raftAddress = raftAddress
    }
}

package struct RemoveRequest: Hashable, Sendable {
    /// An id or an alias.
    package var nodeID: String
    /// Skip the check that the remaining voters have a live majority.
    package var force = false
    package var timeoutMilliseconds = 10_000

    package init(nodeID: String) { self.nodeID = nodeID }
}

/// The answer to a control request.
package struct ControlAnswer: Hashable, Sendable {
    package enum Code: String, Hashable, Sendable {
        case ok
        case invalidArgument = "invalid_argument"
        case joinerNotEmpty = "joiner_not_empty"
        case nodeIDConflict = "node_id_conflict"
        case clusterMismatch = "cluster_mismatch"
        case membershipChangeInProgress = "membership_change_in_progress"
        case wouldLoseQuorum = "would_lose_quorum"
        case noLeader = "no_leader"
        case timeout
        case unreachable
        case `internal`
    }

    package var code: Code
    /// On success nothing; else a sentence that says what is wrong and what to do.
    package var message: String
    /// Something the user should know although it worked; sent as `X-Skiff-Warning`.
    package var warning: String?
    /// The leader's status after the change, as the JSON object that `GET /raft/stats` shows under `data`.
    package var statsJSON: String

    package init(code: Code, message: String = "", warning: String? = nil, statsJSON: String = "{}") {
        self.code = code
        self.message = message
        self.warning = warning
        self.statsJSON = statsJSON
    }
}

/// Carries out control requests. Implemented by the server.
package protocol ClusterControl: Sendable {
    /// Carries the request out on the leader, wherever it is, and returns within the request's timeout.
    func perform(_ request: ControlRequest) async -> ControlAnswer
}
