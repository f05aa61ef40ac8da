internal import HotPath
internal import RaftCore

/// The story of a run for people: who, what, when, as a table with a column for each node. A node is shown by its role,
/// its term, and how far it has committed, accepted and applied its log; one that is down by a dash.
final class TraceTable {
    private let print: (String) -> Void
    private var last: [String] = []

    init(print: @escaping (String) -> Void) { self.print = print }

    /// Adds a row for an event that somebody might want to see: one that has words, or after which a node differs.
    func note(_ occurrence: Occurrence, in world: World) {
        let columns = world.watched.map { Self.column($0) }
        let words = world.takeWords() ?? Self.words(of: occurrence)
        guard columns != last || words != nil else { return }
        last = columns
        let time = Self.padded("\(world.now / 1_000_000).\(Self.three(world.now / 1_000 % 1_000))", to: 9)
        let nodes = columns.map { $0 + String(repeating: " ", count: max(0, 18 - $0.utf8.count)) }.joined(
            separator: " ")
        print("\(time)  \(nodes) \(words ?? "")")
    }

    private static func column(_ node: any WatchedNode) -> String {
        guard let process = node.running else { return "\(node.id) -" }
        let role =
            switch process.role {
            case .follower: "f"
            case .preCandidate: "p"
            case .candidate: "c"
            case .leader: "L"
            }
        let indexes = "\(process.commitIndex)/\(process.lastLogID.index)/\(process.appliedIndex)"
        return "\(node.id) \(role)\(process.currentTerm) \(indexes)"
    }

    private static func words(of occurrence: Occurrence) -> String? {
        switch occurrence {
        case .start(let node, _): "\(Target.node(node)) starts"
        case .stop(let node, _): "\(Target.node(node)) stops"
        case .linkNews(let node, let peer, _, _, let isOpen):
            "\(Target.node(node)): link to \(Target.node(peer)) \(isOpen ? "opens" : "closes")"
        default: nil
        }
    }

    private static func padded(_ text: String, to width: Int) -> String {
        String(repeating: " ", count: max(0, width - text.utf8.count)) + text
    }

    private static func three(_ number: UInt64) -> String {
        let text = String(number)
        return String(repeating: "0", count: 3 - text.utf8.count) + text
    }
}
