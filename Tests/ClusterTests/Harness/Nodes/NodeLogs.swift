import Synchronization
import Testing

/// Appends the last log lines of the nodes of the running test to each issue.
enum NodeLogs {
    private static let linesMax = 25
    private static let heading = "--- "
    private static let watched = Mutex<[ClusterNode]>([])

    static func watch(_ nodes: [ClusterNode]) { watched.withLock { $0 = nodes } }

    static func add(_ node: ClusterNode) {
        watched.withLock { watched in
            if !watched.contains(where: { $0 === node }) { watched.append(node) }
        }
    }

    static func appendTails(to issue: Issue) -> Issue? {
        let tails = watched.withLock { $0 }.map { node in
            let status =
                node.current.map { "pid \($0.pid), \($0.exitStatus.map { "\($0)" } ?? "running")" } ?? "not started"
            return (["\(heading)\(node.id) (\(status)):"] + node.log.lines().suffix(linesMax)).joined(separator: "\n")
        }
        var issue = issue
        // The trait applies once for each suite around the test.
        guard !issue.comments.contains(where: { $0.rawValue.hasPrefix(heading) }) else { return issue }
        issue.comments += tails.map { Comment(rawValue: $0) }
        return issue
    }
}
