internal import HotPath
package import RaftCore

/// A run that people wrote down: a cluster, a timetable of faults, and steps that wait for states instead of times, so
/// that the scenario means the same when the code changes. It has a form in text, which `Scenario(text:)` reads and
/// `text` writes.
///
/// The faults of the timetable come at their times, whatever the steps do. The steps come one after the other. After
/// the last of both all faults end, and the cluster must become whole. A seed's own run is a scenario without steps.
package struct Scenario {
    /// What it is about, by line.
    var about: [String] = []
    package var seed: UInt64 = 1
    /// It is played with this many seeds, from `seed` on.
    package var seedCount = 1
    var settings = SimulationSettings()
    /// The timetable.
    var schedule = Schedule()
    var steps: [ScenarioLine] = []

    init() { schedule.length = 0 }

    /// Plays one of the seeds. `trace` gets a line for each event that people may want to see. Throws only what would
    /// be a fault of the simulator.
    package func play(seed: UInt64, mutant: Mutant? = nil, trace: ((String) -> Void)? = nil) throws -> SeedReport {
        var settings = settings
        #if MUTANTS
        if let mutant {
            settings.raft.mutant = mutant
            settings.replica.mutant = mutant
            settings.storage.mutant = mutant
        }
        #endif
        guard !settings.hasControlPlane else {
            let world = try ControlWorld(seed: seed, settings: settings, schedule: schedule)
            world.print = trace
            try world.play()
            return SeedReport(world)
        }
        var schedule = schedule
        schedule.stepsBringBackDisks = steps.contains {
            if case .fault(let fault) = $0.step { fault.bringsBackDisk } else { false }
        }
        let world =
            settings.hasBareCores
            ? try CoreSimulation(seed: seed, settings: settings, schedule: schedule)
            : try Simulation(seed: seed, settings: settings, schedule: schedule)
        if let trace { world.table = TraceTable(print: trace) }
        if let simulation = world as? Simulation {
            var player = ScenarioPlayer(simulation)
            for line in steps { try player.play(line) }
        }
        try world.storm()
        world.isQuiet = false
        try world.heal()
        return SeedReport(world)
    }
}
