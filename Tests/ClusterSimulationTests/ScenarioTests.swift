import Foundation
import RaftCore
import Testing

@testable import ClusterSimulation

@Suite("Scenarios in words")
struct ScenarioTests {
    /// The names of the files with scenarios.
    private static let names = ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
    private static let folder = Bundle.module.resourcePath.map { $0 + "/Scenarios" } ?? ""

    @Test("Every file goes as it says", arguments: names)
    func play(name: String) throws {
        let scenario = try Scenario(text: String(contentsOfFile: "\(Self.folder)/\(name)", encoding: .utf8))
        #expect(!scenario.about.isEmpty, "it does not say what it is about")
        for seed in scenario.seed..<scenario.seed + UInt64(scenario.seedCount) {
            let report = try scenario.play(seed: seed)
            #expect(
                report.breaches == [],
                "skiff-sim play Tests/ClusterSimulationTests/Scenarios/\(name) --seed \(seed) --trace")
        }
    }

    @Test(
        "A scenario for a rule breaks a promise without that rule", .enabled(if: SeedRun.hasMutants),
        arguments: [("forgotten-promise.txt", Mutant.votesAtStart, 911, "c leads term 3 and lacks")])
    func withoutRule(name: String, mutant: Mutant, seed: UInt64, breach: String) throws {
        let scenario = try Scenario(text: String(contentsOfFile: "\(Self.folder)/\(name)", encoding: .utf8))

        let report = try scenario.play(seed: seed, mutant: mutant)

        #expect(report.breaches.first?.hasPrefix(breach) == true, "\(report.breaches)")
    }

    @Test("There are some")
    func files() { #expect(Self.names.count > 10) }

    @Test("The words of a drawn run say all of it: played from them it is the same", arguments: Profile.allCases)
    func drawn(profile: Profile) throws {
        for seed in UInt64(40)...41 {
            let run = SeedRun(seed: seed, profile: profile).without([1, 3])
            let read = try Scenario(text: run.text)

            #expect(read.text == run.text)
            #expect(try read.play(seed: seed).hash == run.play().hash, "\(run.text)")
        }
    }

    @Test("Every step and every state has words that say all of it")
    func words() throws {
        let target = Target.follower(1)
        let states: [ScenarioState] =
            [
                .not(.leader), .leader, .otherLeader(than: .node(2)), .members(set: 5), .equalLog(target),
                .lags(target, 7), .owes(target, 4), .says(target, "1 of 3 voters reachable"),
            ] + ScenarioState.Aspect.allCases.map { .node(target, $0) }
            + (Coverage.Point.allCases.map { .coverage($0) } + ScenarioState.Counter.words.map(\.1)).flatMap {
                counter in
                ScenarioState.Comparison.allCases.map { .count(counter, $0, 3) }
            }
        for state in states { #expect(ScenarioState(words: "\(state)") == state, "\(state)") }
        let steps: [ScenarioStep] = [
            .fault(.crash(.leader, afterEffects: 2, downtime: 5)), .wait(5), .until(.leader, within: 70),
            .until(.leader, within: ScenarioStep.patience), .expect(.leader), .hold(.not(.leader), for: 6),
            .lead(target), .start(target), .resume(target), .quiet, .busy, .mark,
        ]
        for step in steps { #expect(ScenarioStep(words: "\(step)") == step, "\(step)") }
        #expect(ScenarioState(words: "coverage election") == .count(.coverage(.election), .atLeast, 1))
    }

    @Test(
        "A line that is wrong is named by its number, with what would be right",
        arguments: [
            ("seed 1\ncrush leader for 5", 2, "'crash NODE [after COUNT effects] for MS'"),
            ("crash leader", 1, "it must be 'crash NODE [after COUNT effects] for MS'"),
            ("\n# words\nat 5 fly", 3, "'power-loss for MS'"), ("at soon storm for 5", 1, "'at MS FAULT'"),
            ("until rain", 1, "'until STATE [in MS]', where STATE is one of: not STATE, leader"),
            ("expect coverage luck", 1, "POINT is one of: fault, crash"), ("hold leader", 1, "'hold STATE for MS'"),
            ("voters 9", 1, "'voters 1 to 7'"), ("delay 9ms 3ms", 1, "'delay TIME TIME'"),
            ("seed x", 1, "'seed NUMBER'"), ("seeds 0", 1, "'seeds COUNT'"), ("length -1", 1, "'length MS'"),
            ("wait", 1, "'wait MS'"), ("quiet please", 1, "'quiet'"), ("pre-vote maybe", 1, "'pre-vote on|off'"),
            ("quiet\nvoters 3", 2, "settings must come before"), ("quiet\nat 5 storm for 5", 2, "timetable must come"),
            ("drift 1 2", 1, "'drift PER-MILLION of each node'"),
        ])
    func mistakes(text: String, line: Int, advice: String) {
        #expect {
            _ = try Scenario(text: text)
        } throws: { error in
            guard let mistake = error as? ScenarioMistake else { return false }
            return mistake.line == line && mistake.message.contains(advice)
        }
    }

    @Test(
        "A scenario in which something is not as it says is a breach of its line",
        arguments: [
            ("until acknowledged 5\nexpect acknowledged at most 4", "line 2"),
            ("hold leader for 10", "line 1"), ("until leader in 10000\nexpect not leader in 100", "line 2"),
            ("start a", "line 1"), ("cut a a for 5", "line 1"), ("lead g", "line 1"),
        ])
    func breaches(text: String, line: String) throws {
        let report = try Scenario(text: text).play(seed: 1)

        #expect(report.breaches.count == 1)
        #expect(report.breaches.first?.hasPrefix(line) == true, "\(report.breaches)")
    }
}
