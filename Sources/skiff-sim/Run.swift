internal import ArgumentParser
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
            anybody. The last line is preceded by how often each rare state was reached.
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

    @Flag(help: "Print what happens, as a table of nodes; plays one seed.")
    var trace = false

    @Option(help: "Leave out these faults of the schedule, by their numbers from 0, separated by commas.")
    var without: String?

    @Option(help: "End the faults after this many milliseconds.")
    var length: Int?

    func validate() throws {
        if seeds != nil, seconds != nil { throw ValidationError("give --seeds or --seconds, not both") }
        if seeds == 0 { throw ValidationError("--seeds must be at least 1") }
        if let seconds, seconds < 1 { throw ValidationError("--seconds must be at least 1") }
        if !(1...64).contains(jobs) { throw ValidationError("--jobs must be between 1 and 64") }
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

    private func playOne() throws {
        let profile = world.profile ?? SeedRun.profile(of: seed)
        let places = Set((without ?? "").split(separator: ",").compactMap { Int($0) })
        let run = SeedRun(seed: seed, profile: profile, mutant: world.mutant).without(places, length: length)
        CrashNote.thisThreadPlays(world.replay(seed, profile))
        for (place, fault) in run.faults.enumerated() { print("# \(place): \(fault)") }
        let report = try run.play(trace: trace ? { print($0) } : nil)
        for breach in report.breaches { print("BREACH: \(breach)") }
        print("\(report.events) events, hash \(Report.hexadecimal(report.hash))")
        if !report.breaches.isEmpty { throw ExitCode(1) }
    }
}
