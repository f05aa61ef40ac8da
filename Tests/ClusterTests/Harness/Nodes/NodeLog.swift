import Foundation

/// The standard error or standard output of a node, which goes to a file.
struct NodeLog: Sendable {
    let path: String

    /// A position in the log; lines before it are ignored.
    struct Mark: Sendable {
        fileprivate let offset: Int
    }

    func mark() -> Mark { Mark(offset: bytes.count) }

    /// The complete lines that were written after the mark, or all lines.
    func lines(since mark: Mark? = nil) -> [String] {
        let text = String(decoding: bytes.dropFirst(mark?.offset ?? 0), as: UTF8.self)
        return text.split(separator: "\n").map(String.init)
    }

    /// Lines that report a problem. A line without a known level counts as one: it is an error before the log is set
    /// up, or a crash.
    func complaints(since mark: Mark? = nil) -> [String] {
        lines(since: mark).filter { line in
            !line.hasPrefix(" ") && !["trace", "debug", "info", "notice"].contains(Self.level(of: line))
        }
    }

    /// The second word of `2026-01-31T12:00:00.000Z warning the quotes …`.
    static func level(of line: String) -> String? {
        let words = line.split(separator: " ", maxSplits: 2)
        let levels = ["trace", "debug", "info", "notice", "warning", "error", "critical"]
        guard words.count > 1, words[0].first?.isNumber == true else { return nil }
        return levels.first { $0 == words[1].lowercased() }
    }

    private var bytes: Data { FileManager.default.contents(atPath: path) ?? Data() }
}
