internal import RaftCore
internal import Seeds
internal import Testing

@Suite("Disks that go back, with random faults of the network")
struct LostDataSimulationTests {
    /// Messages are lost, repeated and reordered, disks are slow and connections close; but nobody else fails, because
    /// what a disk forgets together with a leader nobody can find out.
    private func simulation(_ seed: UInt64) -> Simulation {
        let simulation = Simulation(seed: seed, voters: seed % 2 == 0 ? 3 : 5)
        simulation.weather.lossPerMille = min(simulation.weather.lossPerMille, 60)
        simulation.weather.delayMilliseconds = min(simulation.weather.delayMilliseconds, 20)
        simulation.weather.crashPerMille = 0
        simulation.weather.cutPerMille = 0
        simulation.weather.changePerMille = 0
        simulation.weather.transferPerMille = 0
        simulation.weather.compactPerMille = 0
        simulation.weather.huntPerMille = 0
        simulation.weather.pausePerMille = 0
        simulation.weather.stallPerMille = 0
        return simulation
    }

    /// A disk goes back, and the only leader finds it out and repairs it. Nil if another leader came meanwhile.
    private func playRollback(_ simulation: Simulation) -> Bool? {
        simulation.storm(ticks: 200)
        let before = simulation.losses.count
        guard let leader = simulation.soleLeader, let id = simulation.rollBackFollower() else { return nil }
        let term = leader.raft.currentTerm
        for _ in 0..<1_000 {
            simulation.storm(ticks: 1)
            guard leader.raft.role == .leader, leader.raft.currentTerm == term, simulation.checker.breaches.isEmpty
            else { return nil }
            let news = simulation.losses.dropFirst(before).filter { $0.node == id }
            if news.last?.stage == .repaired { return true }
        }
        return false
    }

    @Test(
        "Whose disk went back is found out and repaired, and nobody else is accused",
        arguments: Seed.all(1...40, of: "RaftCoreTests.LostDataSimulationTests/rollback"))
    func rollback(seed: Seed) {
        let simulation = simulation(seed.value)

        for _ in 0..<3 {
            // Without the leader that it had answered nobody knows what a server had acknowledged.
            guard let isRepaired = playRollback(simulation) else { break }
            #expect(isRepaired, "\(simulation.summary)\n\(seed)")
        }

        #expect(simulation.checker.breaches == [], "\(seed)")
    }

    /// A disk goes back, and the only leader finds it out. Nil if another leader came meanwhile.
    private func findRollback(_ simulation: Simulation, _ leader: SimulatedServer) -> SimulatedServer? {
        let term = leader.raft.currentTerm
        guard let id = simulation.rollBackFollower(), let lost = simulation.servers.first(where: { $0.id == id })
        else { return nil }
        for _ in 0..<200 where !lost.raft.missesData { simulation.storm(ticks: 1) }
        return lost.raft.missesData && leader.raft.role == .leader && leader.raft.currentTerm == term ? lost : nil
    }

    /// The leader dies for good during the repair, and the third server has all that the other had. True if it leads
    /// and commits.
    private func playDeathOfLeader(_ simulation: Simulation) -> Bool? {
        simulation.storm(ticks: 200)
        guard let leader = simulation.soleLeader, let lost = findRollback(simulation, leader),
            let had = lost.raft.hardState.lostData?.acknowledged,
            let third = simulation.servers.prefix(3).first(where: { $0.id != leader.id && $0.id != lost.id }),
            third.raft.flushedIndex >= had.index, let place = simulation.position(of: leader.id)
        else { return nil }
        simulation.crash(place)
        return simulation.run(ticks: 4_000) { third.raft.role == .leader && third.raft.hasCommittedInCurrentTerm }
    }

    /// The disks of both followers go back. True if both are repaired and a leader commits.
    private func playTwoRollbacks(_ simulation: Simulation) -> Bool? {
        simulation.storm(ticks: 200)
        guard let leader = simulation.soleLeader, let first = findRollback(simulation, leader),
            let second = findRollback(simulation, leader), first.raft.missesData, first.id != second.id
        else { return nil }
        return simulation.run(ticks: 4_000) {
            !first.raft.missesData && !second.raft.missesData
                && simulation.soleLeader?.raft.hasCommittedInCurrentTerm == true
        }
    }

    @Test(
        "When the leader dies during the repair, the third server leads",
        arguments: Seed.all(101...140, of: "RaftCoreTests.LostDataSimulationTests/deathOfLeader"))
    func deathOfLeader(seed: Seed) {
        let simulation = simulation(2 * seed.value)

        #expect(playDeathOfLeader(simulation) != false, "\(simulation.summary)\n\(seed)")
        #expect(simulation.heal(ticks: 6_000), "\(simulation.summary)\n\(seed)")
        #expect(simulation.checker.breaches == [], "\(seed)")
    }

    @Test(
        "When the disks of both followers go back, the leader repairs both",
        arguments: Seed.all(201...240, of: "RaftCoreTests.LostDataSimulationTests/twoRollbacks"))
    func twoRollbacks(seed: Seed) {
        let simulation = simulation(2 * seed.value)

        #expect(playTwoRollbacks(simulation) != false, "\(simulation.summary)\n\(seed)")
        #expect(simulation.heal(ticks: 6_000), "\(simulation.summary)\n\(seed)")
        #expect(simulation.checker.breaches == [], "\(seed)")
    }

    @Test("Most of the runs mean something")
    func strength() {
        var repaired = 0
        for seed in UInt64(1)...12 {
            let simulation = simulation(seed)
            for _ in 0..<3 where playRollback(simulation) == true { repaired += 1 }
        }

        #expect(repaired > 18)
        let seeds = UInt64(1)...40
        #expect(seeds.count { playDeathOfLeader(simulation(2 * $0)) == true } > 10)
        #expect(seeds.count { playTwoRollbacks(simulation(2 * $0)) == true } > 5)
    }
}
