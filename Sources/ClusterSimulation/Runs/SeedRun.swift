internal import HotPath
package import RaftCore

/// One seed: its cluster, its schedule, and what came of them.
package struct SeedRun {
    package let seed: UInt64
    package let profile: Profile
    private let mutant: Mutant?
    private var scenario = Scenario()

    /// Draws everything from the seed.
    package init(seed: UInt64, profile: Profile, mutant: Mutant? = nil) {
        self.seed = seed
        self.profile = profile
        var draw = Draw(seed: seed, concern: 100)
        scenario.seed = seed
        scenario.settings = SimulationSettings(drawnFrom: &draw, profile: profile)
        scenario.schedule = Schedule(drawnFrom: &draw, profile: profile, settings: scenario.settings)
        self.mutant = mutant
    }

    /// Whether this build has the bugs that can be switched on.
    package static var hasMutants: Bool {
        #if MUTANTS
        return true
        #else
        return false
        #endif
    }

    /// The profile that a run without one takes for a seed.
    package static func profile(of seed: UInt64) -> Profile {
        Profile.standard[Int(seed % UInt64(Profile.standard.count))]
    }

    /// The run as a scenario, in words.
    package var text: String {
        var named = scenario
        let bug = mutant.map { " with the bug \($0.rawValue)" } ?? ""
        named.about = ["Seed \(seed) of the profile \(profile.rawValue)\(bug)"]
        return named.text
    }

    /// The faults of the schedule, as lines of the timetable.
    package var faults: [String] { scenario.schedule.items.map { "at \($0.time) \($0.fault)" } }

    /// Milliseconds until all faults end.
    package var length: Int { scenario.schedule.length }

    /// The same run without the faults at these places, in a shorter time.
    package func without(_ places: Set<Int>, length: Int? = nil) -> SeedRun {
        var shorter = self
        shorter.scenario.schedule = scenario.schedule.without(places)
        if let length {
            shorter.scenario.schedule.length = length
            shorter.scenario.schedule.items.removeAll { $0.time > length }
        }
        return shorter
    }

    /// Plays the seed. `trace` gets a line for each event that people may want to see. Throws only what would be a
    /// fault of the simulator.
    package func play(trace: ((String) -> Void)? = nil) throws -> SeedReport {
        try scenario.play(seed: seed, mutant: mutant, trace: trace)
    }
}
