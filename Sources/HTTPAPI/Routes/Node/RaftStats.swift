package import HotPath
internal import NIOCore
internal import RaftCore

/// The object that `GET /raft/stats` shows under `data`: hashicorp/raft's eighteen names in alphabetical order with
/// strings as values, as raft-sample's users know it, then what Skiff adds.
package enum RaftStats {
    /// JSON text, without a line break.
    package static func json(_ status: NodeStatus) -> String {
        let isLeader = status.role == .leader
        let leader = status.leaderID.flatMap { status.configuration[$0] }
        let members: [(StaticString, String)] = [
            ("applied_index", "\(status.appliedIndex)"),
            ("commit_index", "\(status.commitIndex)"),
            ("fsm_pending", "\(status.unappliedEntries)"),
            ("last_contact", isLeader ? "0" : status.lastLeaderContactNanoseconds.map(goDuration) ?? "never"),
            ("last_log_index", "\(status.lastLogID.index)"),
            ("last_log_term", "\(status.lastLogID.term)"),
            ("last_snapshot_index", "\(status.compacted.index)"),
            ("last_snapshot_term", "\(status.compacted.term)"),
            ("latest_configuration", servers(of: status.configuration)),
            ("latest_configuration_index", "\(status.configurationIndex)"),
            ("num_peers", "\(peerCount(status))"),
            ("protocol_version", "3"),
            ("protocol_version_max", "3"),
            ("protocol_version_min", "0"),
            ("snapshot_version_max", "1"),
            ("snapshot_version_min", "0"),
            ("state", state(status.role)),
            ("term", "\(status.term)"),
            ("node_id", status.nodeID.name),
            ("leader_id", status.leaderID?.name ?? ""),
            ("leader_address", leader?.raftAddress ?? ""),
            ("no_leader", WhyNoLeader(status)?.description ?? ""),
            ("cluster_id", status.clusterID),
            ("revision", "\(status.revision)"),
            ("feature_level", "\(status.configuration.featureLevel)"),
            ("unknown_entry", status.unknownEntry.map { "\($0.index) (level \($0.featureLevel))" } ?? ""),
            ("lost_data", lostData(status)),
            ("data_differ", dataDiffer(status)),
            ("data_unreadable", status.unreadable?.description ?? ""),
            ("last_compared_index", status.lastAgreedIndex.map { "\($0)" } ?? ""),
            ("snapshot_transfers", snapshotTransfers(status)),
            ("longest_log_write", goDuration(status.logTimes.write)),
            ("longest_log_sync", goDuration(status.logTimes.sync)),
        ]
        var buffer = ByteBuffer()
        var separator: StaticString = "{\""
        for (name, value) in members {
            buffer.writeStaticString(separator)
            buffer.writeStaticString(name)
            buffer.writeStaticString("\":")
            JSONText.writeString(value, to: &buffer, escapingHTML: true)
            separator = ",\""
        }
        buffer.writeStaticString("}")
        return String(buffer: buffer)
    }

    private static func state(_ role: Raft.Role) -> String {
        switch role {
        case .follower: "Follower"
        case .preCandidate, .candidate: "Candidate"
        case .leader: "Leader"
        }
    }

    /// The other voters; 0 if this node is no voter itself.
    private static func peerCount(_ status: NodeStatus) -> Int {
        status.configuration.isVoter(status.nodeID) ? status.configuration.voterCount - 1 : 0
    }

    /// The members that lost what they had acknowledged since this leader was elected, or this node itself, and whether
    /// they hold it again.
    private static func lostData(_ status: NodeStatus) -> String {
        func text(_ id: NodeID, _ isRepaired: Bool) -> String { "\(id) (\(isRepaired ? "repaired" : "repairing"))" }
        var losses = status.progress.filter(\.hasLostData).map { text($0.id, $0.lostThrough == nil) }
        if status.lostData != nil { losses.append(text(status.nodeID, !status.missesData)) }
        return losses.joined(separator: " ")
    }

    /// The members whose data differ: each that a majority has found wrong, or those of whom nobody is found right.
    private static func dataDiffer(_ status: NodeStatus) -> String {
        status.alarms.map { alarm in
            let names = alarm.suspects.map(\.id.name).joined(separator: ",")
            return "\(names) (\(alarm.isDecided ? "odd" : "undecided") at \(alarm.comparedAt))"
        }.joined(separator: " ")
    }

    /// The snapshots on their way to and from this node.
    private static func snapshotTransfers(_ status: NodeStatus) -> String {
        status.snapshotTransfers.map { transfer in
            let way = transfer.direction == .sending ? "to" : "from"
            let resumed = transfer.resumptions == 0 ? "" : ", resumed \(transfer.resumptions)"
            let time = goDuration(transfer.elapsedMilliseconds * 1_000_000)
            return "\(way) \(transfer.peer) (index \(transfer.lastIncluded.index), \(transfer.bytes) bytes in "
                + "\(transfer.chunks) chunks, \(transfer.bytesPerSecond) bytes/s for \(time)\(resumed))"
        }.joined(separator: " ")
    }

    /// Go's `%+v` of hashicorp/raft's `[]Server`.
    private static func servers(of configuration: Configuration) -> String {
        let servers = configuration.members.map { member in
            let suffrage =
                switch member.role {
                case .voter: "Voter"
                case .learner: "Nonvoter"
                }
            return "{Suffrage:\(suffrage) ID:\(member.id) Address:\(member.raftAddress)}"
        }
        return "[\(servers.joined(separator: " "))]"
    }

    /// A duration as Go prints it: `1.5µs`, `39.620153ms`, `1m30s`.
    static func goDuration(_ nanoseconds: UInt64) -> String {
        if nanoseconds == 0 { return "0s" }
        if nanoseconds < 1_000 { return "\(nanoseconds)ns" }
        if nanoseconds < 1_000_000 { return fraction(nanoseconds, unit: 1_000, digits: 3) + "µs" }
        if nanoseconds < 1_000_000_000 { return fraction(nanoseconds, unit: 1_000_000, digits: 6) + "ms" }
        let seconds = nanoseconds / 1_000_000_000
        let rest = nanoseconds - seconds / 60 * 60_000_000_000
        let tail = fraction(rest, unit: 1_000_000_000, digits: 9) + "s"
        if seconds < 60 { return tail }
        let minutes = seconds / 60
        return minutes < 60 ? "\(minutes)m\(tail)" : "\(minutes / 60)h\(minutes % 60)m\(tail)"
    }

    /// A decimal fraction without zeros at its end.
    private static func fraction(_ value: UInt64, unit: UInt64, digits: Int) -> String {
        let remainder = value % unit
        guard remainder > 0 else { return "\(value / unit)" }
        var text = String(remainder)
        text = String(repeating: "0", count: digits - text.utf8.count) + text
        while text.utf8.last == UInt8(ascii: "0") { text.removeLast() }
        return "\(value / unit).\(text)"
    }
}
