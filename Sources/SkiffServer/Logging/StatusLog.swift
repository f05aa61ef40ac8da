internal import HotPath
internal import Logging
internal import RaftCore

/// Says at the level `debug` what changes in a cluster while it works: its members, and who catches up. Elections are
/// the subject of `RoleLog`, links that of `PeerTransport`. At `trace` it says every second how far the node is.
struct StatusLog {
    struct Line: Hashable {
        var message: String
        var metadata: [String: String]
    }

    /// A follower that is this far behind when nobody writes, or was so for a second, is worth a line.
    private static let entriesBehindMin: UInt64 = 1_000

    let board: StatusBoard
    let logger: Logger

    /// Looks every second until the task is cancelled; not at all if nothing would be written.
    func run() async {
        guard logger.logLevel <= .debug else { return }
        var former = board.current
        do {
            while true {
                try await Task.sleep(for: .seconds(1))
                let status = board.current
                for line in Self.changes(from: former, to: status) { log(line, at: .debug) }
                log(Self.progress(of: status), at: .trace)
                former = status
            }
        } catch {
            // Cancelled: the node stops.
        }
    }

    private func log(_ line: Line, at level: Logger.Level) {
        logger.log(level: level, "\(line.message)", metadata: line.metadata.mapValues { .string($0) })
    }

    // MARK: Lines

    static func changes(from former: NodeStatus, to status: NodeStatus) -> [Line] {
        var lines: [Line] = []
        if status.configurationIndex != former.configurationIndex || status.configuration != former.configuration {
            let members = status.configuration.members.map { "\($0.id)(\($0.role))" }.joined(separator: ",")
            lines.append(
                Line(
                    message: "the members have changed",
                    metadata: ["members": members, "index": "\(status.configurationIndex)"]))
        }
        if let line = catchingUp("applies what is committed", former.unappliedEntries, status.unappliedEntries, [:]) {
            lines.append(line)
        }
        for follower in status.progress {
            let before = former.progress.first { $0.id == follower.id }
            if before?.state != follower.state {
                lines.append(
                    Line(
                        message: "the progress of a follower has changed",
                        metadata: [
                            "follower": follower.id.name, "state": "\(follower.state)",
                            "match": "\(follower.matchIndex)",
                        ]))
            }
            let line = catchingUp(
                "a follower catches up", before.map { behind($0, former) } ?? 0, behind(follower, status),
                ["follower": follower.id.name])
            if let line { lines.append(line) }
        }
        return lines
    }

    static func progress(of status: NodeStatus) -> Line {
        Line(
            message: "status",
            metadata: [
                "role": "\(status.role)", "term": "\(status.term)", "last": "\(status.lastLogID.index)",
                "commit": "\(status.commitIndex)", "applied": "\(status.appliedIndex)",
                "revision": "\(status.revision)",
            ])
    }

    /// A line while something is behind, and one when it no longer is.
    private static func catchingUp(
        _ message: String, _ former: UInt64, _ now: UInt64, _ metadata: [String: String]
    ) -> Line? {
        guard max(former, now) >= entriesBehindMin else { return nil }
        return Line(message: message, metadata: metadata.merging(["behind": "\(now)"]) { $1 })
    }

    private static func behind(_ follower: FollowerProgress, _ status: NodeStatus) -> UInt64 {
        status.lastLogID.index.rawValue - min(follower.matchIndex, status.lastLogID.index).rawValue
    }
}
