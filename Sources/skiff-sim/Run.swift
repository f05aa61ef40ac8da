internal import ArgumentParser
internal import Bytes
internal import ClusterSimulation
internal import HotPath
internal import RaftCore

/// Plays seeds until one breaks a promise.
struct Run: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Plays seeds until one breaks a promise.",
        discussion: """
            Ends with one line: seeds, events, events per second and thread, weak seeds, and a hash of all that \
            happened. A seed is weak if it had fewer than 50 commits, no election after the first or no fault that met \
            anybody. The last line is preceded by how often each rare state was reached, and by how many seeds each \
            profile got.

            A seed that breaks a promise is printed as a scenario, which `skiff-sim play` plays, and with the command \
            that plays it again. `skiff-sim shrink` makes it small.

            Exit status: 0 no promise was broken, 1 one was, 64 wrong arguments; ended by a signal if an invariant of \
            the code broke.
            """)

    @Option(help: "How many seeds to play.")
    var seeds: UInt64?

    @Option(help: "For how many seconds to play instead.")
    var seconds: Int?

    @Option(help: "The first seed.")
    var seed: UInt64 = 1

    @Option(help: "How many threads play.")
    var jobs = 1

    @OptionGroup var world: WorldOptions

    @Flag(help: "Plays one seed, and prints it as a scenario and what happens as a table of nodes.")
    var trace = false

    @Option(help: "Plays one seed without these faults of its timetable: their numbers from 0, with commas.")
    var without: String?

    @Option(help: "Plays one seed, and ends its faults after this many milliseconds.")
    var length: Int?

    func validate() throws {
        if seeds != nil, seconds != nil { throw ValidationError("give --seeds or --seconds, not both") }
        if seeds == 0 { throw ValidationError("--seeds must be at least 1") }
        if let seconds, seconds < 1 { throw ValidationError("--seconds must be at least 1") }
        if !(1...64).contains(jobs) { throw ValidationError("--jobs must be between 1 and 64") }
        if trace || without != nil || length != nil {
            if (seeds ?? 1) != 1 || seconds != nil {
                throw ValidationError("--trace, --without and --length play one seed: give --seed, not more of them")
            }
            if let length, length < 1 { throw ValidationError("--length must be at least 1") }
            try checkPlaces()
        }
        let (_, overflow) = seed.addingReportingOverflow(seeds ?? 1)
        if overflow { throw ValidationError("the seeds from \(seed) on end before \(seeds ?? 1) of them") }
    }

    func run() throws {
        CrashNote.install()
        if trace || without != nil || length != nil { return try playOne() }
        let campaign = Campaign(
            first: seed, count: seconds == nil ? seeds ?? 100 : nil, profile: world.profile, mutant: world.mutant
        ) { [world] seed, profile in
            CrashNote.thisThreadPlays(world.replay(seed, profile))
        }
        let watch = Stopwatch()
        let threads = (0..<jobs).map { _ in
            DedicatedThread(name: "skiff-sim") {
                do {
                    try campaign.work()
                } catch {
                    preconditionFailure("the simulator failed: \(error)")
                }
            }
        }
        while !campaign.isOver {
            watch.pause(seconds: 1)
            if let seconds, watch.seconds >= Double(seconds) { campaign.stop() }
            Report.progress(campaign.total, watch)
        }
        for thread in threads { thread.join() }
        try Report.end(campaign.total, watch, jobs: jobs, world)
    }

    private func checkPlaces() throws {
        let count = SeedRun(seed: seed, profile: world.profile ?? SeedRun.profile(of: seed)).faults.count
        for part in (without ?? "").split(separator: ",") {
            guard let place = Int(part), (0..<count) ~= place else {
                throw ValidationError(
                    "--without has '\(part)', and the faults of seed \(seed) have the numbers 0 to \(count - 1)")
            }
        }
    }

    private func playOne() throws {
        let profile = world.profile ?? SeedRun.profile(of: seed)
        let places = Set((without ?? "").split(separator: ",").compactMap { Int($0) })
        let run = SeedRun(seed: seed, profile: profile, mutant: world.mutant).without(places, length: length)
        CrashNote.thisThreadPlays(world.replay(seed, profile))
        print(run.text)
        let report = try run.play(trace: trace ? { print($0) } : nil)
        for breach in report.breaches { print("BREACH: \(breach)") }
        print("\(report.events) events, hash \(report.hash.hexadecimal)")
        if !report.breaches.isEmpty { throw ExitCode(1) }
    }
}
