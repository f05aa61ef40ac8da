internal import ArgumentParser
internal import Bytes
internal import ClusterSimulation
internal import Glibc

/// What a run says: a line of progress now and then, and its result.
enum Report {
    /// One line that replaces the one before, on a terminal only.
    static func progress(_ total: Campaign.Total, _ watch: Stopwatch) {
        guard isatty(STDERR_FILENO) == 1 else { return }
        show("\r\(total.seeds) seeds, \(total.events) events, \(Int(watch.seconds)) s ")
    }

    static func end(_ total: Campaign.Total, _ watch: Stopwatch, jobs: Int, _ world: WorldOptions) throws {
        if isatty(STDERR_FILENO) == 1 { show("\r") }
        for point in Coverage.Point.allCases { print("\(padded(total.coverage[point])) \(point.words)") }
        print("\(padded(total.acknowledged)) writes acknowledged")
        let seeds = Profile.allCases.filter { total.seedsOf[$0] ?? 0 > 0 }.map {
            "\(total.seedsOf[$0] ?? 0) \($0.rawValue)"
        }
        print("seeds by profile: \(seeds.joined(separator: ", "))")
        for failure in total.failures {
            print("seed \(failure.seed) of the profile \(failure.profile.rawValue) breaks a promise:")
            for breach in failure.breaches { print("BREACH: \(breach)") }
            let run = SeedRun(seed: failure.seed, profile: failure.profile, mutant: world.mutant)
            print(run.text)
            print("replay: \(world.replay(failure.seed, failure.profile))")
        }
        let rate = Int(Double(total.events) / max(watch.seconds, 0.001) / Double(jobs))
        print(
            """
            \(total.failures.isEmpty ? "kept" : "BROKEN"): \(total.seeds) seeds, \(total.events) events, \(rate) \
            events per second and thread, \(total.weak) weak, hash \(total.hash.hexadecimal)
            """)
        if !total.failures.isEmpty { throw ExitCode(1) }
    }

    private static func show(_ text: String) {
        var text = text
        text.withUTF8 { _ = write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }

    private static func padded(_ number: Int) -> String {
        let digits = String(number)
        return String(repeating: " ", count: max(0, 10 - digits.count)) + digits
    }
}
