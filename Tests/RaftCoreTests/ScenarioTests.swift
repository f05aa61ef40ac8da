internal import Foundation
internal import Testing

/// Scenarios that are told as text, with all output checked to the letter. To see the output as it is now, set
/// `RAFT_SCENARIO_OUTPUT` to a directory: each scenario is written there as played, for comparison and approval.
@Suite("Scenarios")
struct ScenarioTests {
    static let names = [
        "commit-of-current-term", "commit-of-older-terms", "disruptive-server", "leader-removed-of-two",
        "leader-removed",
        "leadership-transfer", "log-inconsistencies", "lost-data-elections",
        "lost-data-of-two", "lost-data", "lost-messages",
        "partition-pre-vote",
        "promoted-learner-votes", "read-index", "slow-follower-snapshot", "stale-flush",
    ]

    @Test("Each scenario happens as it is told", arguments: names)
    func play(name: String) throws {
        let file = try #require(Bundle.module.url(forResource: name, withExtension: "txt", subdirectory: "Scenarios"))
        let expected = try String(contentsOf: file, encoding: .utf8)

        let actual = Scenario.play(expected)

        if let directory = ProcessInfo.processInfo.environment["RAFT_SCENARIO_OUTPUT"] {
            let output = URL(fileURLWithPath: directory).appendingPathComponent(name + ".txt")
            try actual.write(to: output, atomically: true, encoding: .utf8)
        }
        let expectedLines = expected.split(separator: "\n", omittingEmptySubsequences: false)
        let actualLines = actual.split(separator: "\n", omittingEmptySubsequences: false)
        let difference = zip(expectedLines, actualLines).enumerated().first { $0.element.0 != $0.element.1 }
        if let difference {
            Issue.record("line \(difference.offset + 1) is now: \(difference.element.1)")
        }
        #expect(expectedLines.count == actualLines.count)
    }

    @Test("Every scenario file is played")
    func allFilesArePlayed() throws {
        let folder = try #require(Bundle.module.url(forResource: "Scenarios", withExtension: nil))
        let files = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()

        let expected = Self.names.map { $0 + ".txt" }
        #expect(files == expected)
    }
}
