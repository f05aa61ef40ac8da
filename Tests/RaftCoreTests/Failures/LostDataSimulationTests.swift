internal import RaftCore
internal import Testing

@Suite("Disks that go back, with random faults of the network")
struct LostDataSimulationTests {
    static let rollbacks = Seeds(1...40, of: "RaftCoreTests.LostDataSimulationTests/rollback")

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

    @Test("Whose disk went back is found out and repaired, and nobody else is accused", arguments: rollbacks.selected)
    func rollback(seed: UInt64) {
        let simulation = simulation(seed)

        for _ in 0..<3 {
            // Without the leader that it had answered nobody knows what a server had acknowledged.
            guard let isRepaired = playRollback(simulation) else { break }
            #expect(isRepaired, "\(simulation.summary)\n\(Self.rollbacks.replay(seed))")
        }

        #expect(simulation.checker.breaches == [], "\(Self.rollbacks.replay(seed))")
    }

    @Test("Most of the runs mean something")
    func strength() {
        var repaired = 0
        for seed in UInt64(1)...12 {
            let simulation = simulation(seed)
            for _ in 0..<3 where playRollback(simulation) == true { repaired += 1 }
        }

        #expect(repaired > 18)
    }
}
