import Foundation
import Testing

@testable import SkiffServer

@Suite("Settings in the documents")
struct ReadmeTests {
    @Test("The table of settings stands on one page, and every column of every row is what the program has")
    func table() throws {
        let expected = Setting.markdownTable
        let tables = try pages().compactMap { page -> [String]? in
            let lines = try String(contentsOf: page, encoding: .utf8).split(separator: "\n").map(String.init)
            guard let start = lines.firstIndex(of: expected[0]) else { return nil }
            return Array(lines[start...].prefix { $0.hasPrefix("|") })
        }

        #expect(tables == [expected], "the table must be:\n\(expected.joined(separator: "\n"))")
    }

    /// The README and what stands below Docs.
    private func pages() throws -> [URL] {
        let thisFile = URL(filePath: #filePath).resolvingSymlinksInPath()
        let root = (0..<4).reduce(thisFile) { url, _ in url.deletingLastPathComponent() }
        let docs = try FileManager.default.subpathsOfDirectory(atPath: root.appending(path: "Docs").path())
        let names = ["README.md"] + docs.filter { $0.hasSuffix(".md") }.map { "Docs/" + $0 }
        return names.map { root.appending(path: $0) }
    }
}
