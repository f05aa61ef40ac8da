import HotPath
import RaftCore
import Testing

@testable import ClusterSimulation

@Suite("Questions for the members of a cluster")
struct ConfirmedConfigurationTests {
    @Test("A configuration is confirmed by a leader only, and only when it is committed", arguments: UInt64(400)...402)
    func confirmed(seed: UInt64) throws {
        let simulation = try Simulation(seed: seed, settings: SimulationSettings(), schedule: Schedule())
        var player = ScenarioPlayer(simulation)
        try player.play(ScenarioLine(step: .lead(.node(0))))
        func replica(_ node: Int) throws -> Replica { try #require(simulation.nodes[node].process).replica }
        func answer(of node: Int) throws -> Replica.ConfirmedConfiguration {
            var answer: Replica.ConfirmedConfiguration?
            try replica(node).confirmConfiguration { answer = $0 }
            _ = try simulation.run(forMilliseconds: 1_000) { answer != nil }
            return try #require(answer)
        }
        func members(_ answer: Replica.ConfirmedConfiguration) -> Set<NodeID>? {
            guard case .committed(let configuration) = answer else { return nil }
            return Set(configuration.members.map(\.id))
        }
        #expect(try members(answer(of: 0)) == ["a", "b", "c"])
        guard case .notLeader = try answer(of: 1) else {
            Issue.record("a follower confirmed a configuration")
            return
        }

        // Both voters of the new configuration have to write it down, and one cannot.
        simulation.meet(.hangDisk(.node(1), 100_000))
        var outcome: Replica.ConfigurationResult?
        try replica(0).changeConfiguration(.remove("c")) { outcome = $0 }
        guard case .changing = try answer(of: 0) else {
            Issue.record("a configuration that is not committed was confirmed")
            return
        }
        #expect(outcome == nil)

        simulation.resume(simulation.nodes[1])
        _ = try simulation.run(forMilliseconds: 1_000) { outcome != nil }
        #expect(outcome == .committed)
        #expect(try members(answer(of: 0)) == ["a", "b"])
        try simulation.heal()
        #expect(simulation.referee.breaches == [])
    }
}
