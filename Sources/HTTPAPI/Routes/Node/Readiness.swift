internal import HotPath
internal import RaftCore

/// Whether a node should get requests.
enum Readiness {
    /// The checks, in the order in which `/readyz` shows them.
    enum Name: String, CaseIterable {
        case storage
        case leader
        case caughtUp = "caught_up"
        case serving
        case data
    }

    struct Check {
        let name: Name
        let isPassed: Bool
        /// The failure, for a check that did not pass.
        let failure: String
        /// What whoever asks should know all the same, of a check that passed.
        var alarm = ""
    }

    /// A node whose store fails stops, so all that can be wrong with storage where this is asked is that it was
    /// exchanged for an older one.
    static func checks(_ status: NodeStatus, isDraining: Bool) -> [Check] {
        [
            Check(
                name: .storage, isPassed: !status.missesData, failure: status.lostData.map(sentence) ?? ""),
            Check(
                name: .leader, isPassed: status.leaderID != nil,
                failure: WhyNoLeader(status).map { "\($0); \($0.advice)" } ?? ""),
            Check(name: .caughtUp, isPassed: status.isCaughtUp, failure: whyBehind(status)),
            Check(
                name: .serving,
                isPassed: !status.isShuttingDown && !isDraining && !status.isRemoved && status.fence == nil
                    && status.condemning == nil,
                failure: whyNotServing(status)),
            Check(
                name: .data, isPassed: status.condemning == nil && status.unreadable == nil,
                failure: status.condemning.map { "data_differ: \($0.sentenceOfSuspect)" }
                    ?? status.unreadable.map { "data_unreadable: \($0.sentenceOfUnreadableData)" } ?? "",
                alarm: status.alarms.map(\.sentence).joined(separator: "; ")),
        ]
    }

    private static func whyNotServing(_ status: NodeStatus) -> String {
        if status.isRemoved { return removed }
        if let fence = status.fence { return "fenced: \(fence.sentence)" }
        return status.condemning == nil ? "the node is shutting down" : "data_differ: its data are not to be trusted"
    }

    private static let removed =
        "removed: this node is no longer a member of its cluster and serves nothing any more; stop it, or join it again"

    private static func sentence(about lost: LostData) -> String {
        "lost_data: this node had acknowledged entries through \(lost.acknowledged.index) and has lost some of them; "
            + "the leader sends them again, and until they are here this node counts in no majority. "
            + "Find out why its directory or its disk went back"
    }

    static func sentence(about unknown: UnknownEntry) -> String {
        "entry \(unknown.index) needs feature level \(unknown.featureLevel), which this release does not know: this "
            + "node takes nothing from there on; start the release that the others run"
    }

    private static func whyBehind(_ status: NodeStatus) -> String {
        if let unknown = status.unknownEntry { return Self.sentence(about: unknown) }
        if status.leaderID == nil { return "without a leader it is not known what is committed" }
        if status.missingEntries > 0 { return "\(status.missingEntries) committed entries are not applied here yet" }
        return "the leader has not said yet what is committed"
    }
}
