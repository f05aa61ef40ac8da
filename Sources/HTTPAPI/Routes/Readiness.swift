internal import HotPath

/// Whether a node should get requests.
enum Readiness {
    struct Check {
        let name: String
        let isPassed: Bool
        /// The failure, for a check that did not pass.
        let failure: String
    }

    /// The checks in the order in which `/readyz` shows them. A node whose store fails stops, so that storage is ok
    /// wherever this is asked.
    static func checks(_ status: NodeStatus, isDraining: Bool) -> [Check] {
        [
            Check(name: "storage", isPassed: true, failure: ""),
            Check(
                name: "leader", isPassed: status.leaderID != nil,
                failure: "no leader is known, an election may be in progress"),
            Check(
                name: "caught_up", isPassed: status.isCaughtUp,
                failure: "\(status.unappliedEntries) committed entries are not applied, or a leader was not heard yet"),
            Check(
                name: "serving", isPassed: !status.isShuttingDown && !isDraining, failure: "the node is shutting down"),
        ]
    }
}
