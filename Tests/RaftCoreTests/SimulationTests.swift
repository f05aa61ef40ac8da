internal import RaftCore
internal import Seeds
internal import Testing

@Suite("Random faults")
struct SimulationTests {
    @Test(
        "Nothing promised is broken, and the cluster recovers once faults end",
        arguments: Seed.all(1...120, of: "RaftCoreTests.SimulationTests/storm"))
    func storm(seed: Seed) {
        let simulation = Simulation(seed: seed.value, voters: seed.value % 2 == 0 ? 3 : 5)

        simulation.storm(ticks: 600)
        let isWhole = simulation.heal(ticks: 3_000)

        #expect(simulation.checker.breaches == [], "\(seed)")
        #expect(isWhole, "it does not recover: \(simulation.summary)\n\(seed)")
    }

    @Test("The runs are rough enough to mean something")
    func strength() {
        var elections = 0
        var committed = 0
        var reads = 0
        var configurations = 0
        var snapshots = 0
        var crashes = 0
        var stalls = 0
        for seed in UInt64(1)...16 {
            let simulation = Simulation(seed: seed, voters: 3)
            simulation.storm(ticks: 600)
            elections += simulation.checker.elections
            committed += simulation.checker.committed.count
            reads += simulation.checker.confirmedReads
            configurations += simulation.checker.committedConfigurations
            snapshots += simulation.snapshotsInstalled
            crashes += simulation.crashes
            stalls += simulation.stalls
        }

        #expect(elections > 30)
        #expect(committed > 1_000)
        #expect(reads > 200)
        #expect(configurations > 5)
        #expect(snapshots > 3)
        #expect(crashes > 50)
        #expect(stalls > 5)
    }

    @Test("A seed repeats its run exactly")
    func determinism() {
        func run() -> String {
            let simulation = Simulation(seed: 5, voters: 5)
            simulation.storm(ticks: 400)
            return simulation.summary
        }

        #expect(run() == run())
    }
}
