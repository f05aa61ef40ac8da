internal import Bytes

/// The settings by which a node decides when to campaign. All nodes of a cluster need the same: one that waits less
/// than the others takes the leadership from a healthy leader, one that waits more lets the others win.
package struct ElectionSettings: Hashable, Sendable {
    package var timeoutNanoseconds: UInt64 = 500_000_000
    package var heartbeatNanoseconds: UInt64 = 100_000_000
    package var preVote = true
    package var checkQuorum = true

    package init() {}

    /// What differs, with the values of both; nil if nothing does.
    package func differences(from own: ElectionSettings) -> String? {
        var differences: [String] = []
        func compare(_ name: String, _ theirs: String, _ ours: String) {
            if theirs != ours { differences.append("\(name) is \(theirs) there and \(ours) here") }
        }
        compare("RAFT_ELECTION_TIMEOUT", Self.text(timeoutNanoseconds), Self.text(own.timeoutNanoseconds))
        compare("RAFT_HEARTBEAT_INTERVAL", Self.text(heartbeatNanoseconds), Self.text(own.heartbeatNanoseconds))
        compare("RAFT_PRE_VOTE", "\(preVote)", "\(own.preVote)")
        compare("RAFT_CHECK_QUORUM", "\(checkQuorum)", "\(own.checkQuorum)")
        return differences.isEmpty ? nil : differences.joined(separator: ", ")
    }

    private static func text(_ nanoseconds: UInt64) -> String { DurationText(nanoseconds: nanoseconds).description }
}
