internal import ArgumentParser
internal import Bytes
internal import ClusterSimulation
internal import RaftCore

/// Plays scenarios that people wrote down, or that a failing seed left.
struct Play: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Plays scenarios from text files.",
        discussion: """
            A scenario has settings, then a timetable of faults, then steps that wait for states; Docs/Simulation.md \
            lists the words. After its last line all faults end, and the cluster must become whole.

            Exit status: 0 every scenario went as it says, 1 one did not or a promise was broken, 64 wrong arguments \
            or a file that is not a scenario.
            """)

    @Argument(help: "Files with one scenario each.")
    var files: [String]

    @Option(help: "Plays only this seed of the file's.")
    var seed: UInt64?

    @Option(help: "A bug to switch on, in builds that have them.")
    var mutant: Mutant?

    @Flag(help: "Prints what happens, as a table of nodes.")
    var trace = false

    func validate() throws { try WorldOptions.check(mutant) }

    func run() throws {
        CrashNote.install()
        let scenarios = try files.map { (file: $0, scenario: try Self.read($0)) }
        var brokenCount = 0
        for (file, scenario) in scenarios {
            let seeds = seed.map { [$0] } ?? (0..<UInt64(scenario.seedCount)).map { scenario.seed &+ $0 }
            for seed in seeds where try !play(scenario, file, seed) {
                brokenCount += 1
                break
            }
        }
        if brokenCount > 0 { throw ExitCode(1) }
    }

    /// Whether all went as it should.
    private func play(_ scenario: Scenario, _ file: String, _ seed: UInt64) throws -> Bool {
        let bug = mutant.map { " --mutant \($0.rawValue)" } ?? ""
        let replay = "skiff-sim play \(file) --seed \(seed)\(bug) --trace"
        CrashNote.thisThreadPlays(replay)
        let report = try scenario.play(seed: seed, mutant: mutant, trace: trace ? { print($0) } : nil)
        for breach in report.breaches { print("BREACH: \(breach)") }
        if !report.breaches.isEmpty { print("replay: \(replay)") }
        print(
            """
            \(report.breaches.isEmpty ? "kept" : "BROKEN"): \(file), seed \(seed), \(report.events) events, hash \
            \(report.hash.hexadecimal)
            """)
        return report.breaches.isEmpty
    }

    private static func read(_ file: String) throws -> Scenario {
        do {
            return try Scenario(text: try InputFile.text(of: file))
        } catch let mistake as ScenarioMistake {
            throw ValidationError("\(file), \(mistake)")
        } catch {
            throw ValidationError("\(error)")
        }
    }
}
