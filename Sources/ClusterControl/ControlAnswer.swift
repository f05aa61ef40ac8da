/// The answer to a control request.
package struct ControlAnswer: Hashable, Sendable {
    /// The raw value travels between nodes, and most of them are the `code` that a user sees.
    package enum Code: String, Hashable, Sendable {
        case ok
        case invalidArgument = "invalid_argument"
        case joinerNotEmpty = "joiner_not_empty"
        case nodeIDConflict = "node_id_conflict"
        case clusterMismatch = "cluster_mismatch"
        /// The joiner was removed because its data are wrong. Only where feature level 2 is in force.
        case dataDiffer = "data_differ"
        case membershipChangeInProgress = "membership_change_in_progress"
        case wouldLoseQuorum = "would_lose_quorum"
        case noLeader = "no_leader"
        case notSupported = "not_supported"
        case overloaded
        case timeout
        case unreachable
        case `internal`
    }

    package var code: Code
    /// Empty on success; otherwise a sentence that says what is wrong and what to do.
    package var message: String
    /// What a request that failed has changed all the same. `no` for a success, whose code says enough.
    package var applied: ControlEffect
    /// Something the user should know although it worked; sent as `X-Skiff-Warning`.
    package var warning: String?
    /// The leader's status after a change, as the JSON object that `GET /raft/stats` shows under `data`. After a
    /// comparison its result.
    package var statsJSON: String

    package init(
        code: Code, message: String = "", applied: ControlEffect = .no, warning: String? = nil,
        statsJSON: String = "{}"
    ) {
        self.code = code
        self.message = message
        self.applied = applied
        self.warning = warning
        self.statsJSON = statsJSON
    }
}
