internal import HotPath
package import RaftCore

/// One seed: its cluster, its schedule, and what came of them.
package struct SeedRun {
    package let seed: UInt64
    package let profile: Profile
    private var settings: SimulationSettings
    private var schedule: Schedule

    /// Draws everything from the seed.
    package init(seed: UInt64, profile: Profile, mutant: Mutant? = nil) {
        self.seed = seed
        self.profile = profile
        var draw = Draw(seed: seed, concern: 100)
        settings = SimulationSettings(drawnFrom: &draw, profile: profile)
        schedule = Schedule(drawnFrom: &draw, profile: profile, settings: settings)
        #if MUTANTS
        settings.raft.mutant = mutant
        settings.replica.mutant = mutant
        settings.storage.mutant = mutant
        #endif
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

    /// The faults of the schedule in words, one line each.
    package var faults: [String] { schedule.items.map { "\($0.time) \($0.fault)" } }

    /// Milliseconds until all faults end.
    package var length: Int { schedule.length }

    /// The same run without the faults at these places, in a shorter time.
    package func without(_ places: Set<Int>, length: Int? = nil) -> SeedRun {
        var shorter = self
        shorter.schedule = schedule.without(places)
        if let length {
            shorter.schedule.length = length
            shorter.schedule.items.removeAll { $0.time > length }
        }
        return shorter
    }

    /// Plays the seed. `trace` gets a line for each event that people may want to see. Throws only what would be a
    /// fault of the simulator.
    package func play(trace: ((String) -> Void)? = nil) throws -> SeedReport {
        let simulation = try Simulation(seed: seed, settings: settings, schedule: schedule)
        if let trace { simulation.table = TraceTable(print: trace) }
        try simulation.storm()
        try simulation.heal()
        return SeedReport(simulation)
    }
}
