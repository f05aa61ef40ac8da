import HotPath
import RaftCore
import Seeds
import Testing

@Suite("Whether a node may show its own state, and whether it is ready")
struct CatchUpSimulationTests {
    @Test(
        "After a crash of all nodes none shows its state before it has applied again what it had applied",
        arguments: Seed.all(600...610, of: "CatchUpSimulationTests/crashOfAll"))
    func crashOfAll(seed: Seed) throws {
        let cluster = try SimulatedCluster(seed: seed.value)
        var users = SimulatedUsers()
        try run(cluster, "one leads") { cluster.leader?.running?.board.staleReads == .served }
        for _ in 0..<200 {
            users.submitBurst(to: cluster.nodes[0], cluster: cluster)
            for _ in 0..<20 { try cluster.advance() }
            for node in cluster.nodes { users.collect(from: node) }
        }
        cluster.faults.restartPercent = 0
        for node in cluster.nodes { cluster.crash(node) }
        let applied = cluster.nodes.map(\.appliedBeforeCrash)

        // The first one alone never knows.
        try cluster.start(cluster.nodes[0])
        for _ in 0..<20_000 { try cluster.advance() }
        #expect(cluster.nodes[0].running?.board.staleReads == .notReady)
        #expect(cluster.nodes[0].running?.board.current.isCaughtUp == false)
        for node in cluster.nodes.dropFirst() { try cluster.start(node) }
        // That it is not too early is checked after each turn of the simulation.
        try run(cluster, "all may be read") {
            cluster.nodes.allSatisfy { $0.running?.board.staleReads == .served }
        }

        for (node, applied) in zip(cluster.nodes, applied) { #expect(node.stateMachine.appliedIndex >= applied) }
        try run(cluster, "all are ready") { cluster.nodes.allSatisfy { $0.running?.board.current.isCaughtUp == true } }
    }

    @Test("A follower that was away is not ready before it has applied what the leader had committed when it came back")
    func awayForLong() throws {
        let cluster = try SimulatedCluster(seed: 620)
        var users = SimulatedUsers()
        try run(cluster, "all are ready") { cluster.nodes.allSatisfy { $0.running?.board.current.isCaughtUp == true } }
        cluster.faults.restartPercent = 0
        let away = try #require(cluster.nodes.first { $0.id != cluster.leader?.id })
        // It comes back with all that it had, so that its own commit index is its applied index.
        away.stateMachine.persisted = away.stateMachine.state
        cluster.crash(away)
        for _ in 0..<300 {
            if let leader = cluster.leader { users.submitBurst(to: leader, cluster: cluster) }
            for _ in 0..<20 { try cluster.advance() }
            for node in cluster.nodes { users.collect(from: node) }
        }
        let committed = try #require(cluster.leader?.running?.replica.commitIndex)
        #expect(committed > away.stateMachine.appliedIndex)

        try cluster.start(away)
        try run(cluster, "it is ready") { away.running?.board.current.isCaughtUp == true }

        #expect(away.stateMachine.appliedIndex >= committed)
    }

    @Test("A follower that hears again from a leader after a long silence is not ready while it is far behind")
    func silence() throws {
        let cluster = try SimulatedCluster(seed: 621)
        var users = SimulatedUsers()
        try run(cluster, "all are ready") { cluster.nodes.allSatisfy { $0.running?.board.current.isCaughtUp == true } }
        let lagging = try #require(cluster.nodes.first { $0.id != cluster.leader?.id })
        let running = try #require(lagging.running)
        // Its disk hangs, so it applies nothing, and hears how far the others are.
        cluster.hungDisks = [lagging.id]
        for _ in 0..<3_000 {
            if let leader = cluster.leader { users.submitBurst(to: leader, cluster: cluster) }
            for _ in 0..<10 { try cluster.advance() }
            for node in cluster.nodes { users.collect(from: node) }
        }

        #expect(running.board.current.missingEntries >= ReplicaLimits.unappliedEntriesOfReady)
        #expect(!running.board.current.isCaughtUp)
        #expect(running.board.staleReads == .served, "what it shows is old, and not older than before")
        cluster.hungDisks = []
        try run(cluster, "it is ready") { running.board.current.isCaughtUp }
    }

    @Test("A cluster of one is ready by itself, also when nothing is asked of it")
    func single() throws {
        let cluster = try SimulatedCluster(seed: 622, nodeCount: 1)
        let running = try #require(cluster.nodes[0].running)

        try run(cluster, "it is ready") { running.board.staleReads == .served && running.board.current.isCaughtUp }
    }

    private func run(_ cluster: SimulatedCluster, _ what: Comment, until condition: () -> Bool) throws {
        for _ in 0..<200_000 where !condition() { try cluster.advance() }
        try #require(condition(), what)
    }
}
