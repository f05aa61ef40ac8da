internal import ArgumentParser
internal import ClusterSimulation
internal import Programs
internal import RaftCore

/// Switches bugs on, one at a time, and plays seeds until each is found.
struct Mutants: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Switches bugs on, one at a time, and plays seeds until each is found.",
        discussion: """
            Each bug is one that others had (see `RaftCore/Checks/Mutant.swift`). One that is not found shows that the \
            simulation is too weak.

            Exit status: 0 all were found, 1 one was not, 64 wrong arguments.
            """)

    @Option(help: "How many seeds each bug may survive.")
    var seeds: UInt64 = 2_000

    @Option(help: "The first seed.")
    var seed: UInt64 = 1

    @Option(help: "How many threads play.")
    var jobs = 1

    @Option(help: "Try only this many of the bugs, chosen by the seed.")
    var count: Int?

    @Option(help: "Try only this bug.")
    var only: Mutant?

    func validate() throws {
        if !SeedRun.hasMutants {
            throw ValidationError("this build has no bugs to switch on: use a debug build, or compile with -D MUTANTS")
        }
        if seeds == 0 { throw ValidationError("--seeds must be at least 1") }
        if !(1...64).contains(jobs) { throw ValidationError("--jobs must be between 1 and 64") }
        if count != nil, only != nil { throw ValidationError("give --count or --only, not both") }
        if seed.addingReportingOverflow(seeds).overflow {
            throw ValidationError("the seeds from \(seed) on end before \(seeds) of them")
        }
        if let count, !(1...Mutant.allCases.count).contains(count) {
            throw ValidationError("--count must be between 1 and \(Mutant.allCases.count)")
        }
    }

    func run() throws {
        var chosen = Mutant.allCases
        if let only { chosen = [only] }
        if let count { chosen = (0..<count).map { chosen[(Int(seed % 1_000_003) + $0) % chosen.count] } }
        var survivors: [String] = []
        var summary: [String] = []
        for mutant in chosen {
            // Some end the process by an invariant of the code, so each has a process of its own.
            let child = try ChildRun([
                "run", "--mutant", mutant.rawValue, "--profile", Profile.finding(mutant).rawValue, "--seed", "\(seed)",
                "--seeds", "\(seeds)", "--jobs", "\(jobs)",
            ])
            if child.status == 0 {
                survivors.append(mutant.rawValue)
                print("\(mutant.rawValue): NOT FOUND in \(seeds) seeds")
            } else {
                let found = child.replayedSeed.map { $0 - seed + 1 } ?? seeds
                summary.append("\(mutant.rawValue) after \(found)")
                print("\(mutant.rawValue): found after \(found) seeds: \(child.reason)")
            }
        }
        print("\(chosen.count - survivors.count) of \(chosen.count) found: \(summary.joined(separator: ", "))")
        if !survivors.isEmpty { throw ExitCode(1) }
    }
}
