import HotPath
import RaftCore
import Seeds
import Testing

@Suite("A leader whose disk hangs")
struct StalledLogSimulationTests {
    @Test(
        "Another node leads within 3 s, writes go on, and the hung one does not lead again before its disk answers",
        arguments: Seed.all(700...719, of: "StalledLogSimulationTests/handsOver"))
    func handsOver(seed: Seed) throws {
        let cluster = try SimulatedCluster(seed: seed.value)
        var users = SimulatedUsers()
        try run(cluster, &users, "one leads") { leader(of: cluster) != nil }
        let hung = try #require(leader(of: cluster))
        let replica = try #require(hung.running?.replica)
        cluster.hungDisks = [hung.id]
        // Something has to be owed.
        users.submitBurst(to: hung, cluster: cluster)
        let start = cluster.time.now

        try run(cluster, &users, "another leads") { leader(of: cluster).map { $0.id != hung.id } ?? false }

        #expect(cluster.time.now.nanoseconds(since: start) < 3_000_000_000)
        let before = users.acknowledged.count
        for step in 0..<20_000 {
            try cluster.advance()
            if step % 50 == 0 { users.submitBurst(to: cluster.nodes[step / 50 % 3], cluster: cluster) }
            for node in cluster.nodes { users.collect(from: node) }
            guard replica.role == .follower else {
                Issue.record("\(hung.id) is \(replica.role) although its disk hangs")
                return
            }
        }
        #expect(users.acknowledged.count > before + 100)
        let term = replica.currentTerm

        cluster.hungDisks = []
        try run(cluster, &users, "it follows and has everything") {
            guard let leader = leader(of: cluster)?.running?.replica else { return false }
            return Set(cluster.nodes.map(\.stateMachine.appliedIndex)) == [leader.lastLogID.index]
        }
        #expect(replica.currentTerm == term, "its return changed the leader")
    }

    @Test("A follower whose disk hangs changes nothing for the others")
    func follower() throws {
        let cluster = try SimulatedCluster(seed: 730)
        var users = SimulatedUsers()
        try run(cluster, &users, "one leads") { leader(of: cluster) != nil }
        let leading = try #require(leader(of: cluster))
        let replica = try #require(leading.running?.replica)
        let term = replica.currentTerm
        cluster.hungDisks = [try #require(cluster.nodes.first { $0.id != leading.id }).id]

        for step in 0..<20_000 {
            try cluster.advance()
            if step % 50 == 0 { users.submitBurst(to: leading, cluster: cluster) }
            users.collect(from: leading)
        }

        #expect(replica.role == .leader)
        #expect(replica.currentTerm == term)
        #expect(users.acknowledged.count > 100)
    }

    @Test("The only node of a cluster waits for its disk, and then continues")
    func single() throws {
        let cluster = try SimulatedCluster(seed: 731, nodeCount: 1)
        var users = SimulatedUsers()
        try run(cluster, &users, "it leads") { leader(of: cluster) != nil }
        cluster.hungDisks = [cluster.nodes[0].id]
        users.submitBurst(to: cluster.nodes[0], cluster: cluster)
        for _ in 0..<20_000 { try cluster.advance() }
        users.collect(from: cluster.nodes[0])
        #expect(users.acknowledged.isEmpty)
        #expect(users.unknownOutcomes == 0)

        cluster.hungDisks = []
        for _ in 0..<200_000 where users.acknowledged.isEmpty {
            try cluster.advance()
            users.collect(from: cluster.nodes[0])
        }
        #expect(!users.acknowledged.isEmpty)
    }

    private func leader(of cluster: SimulatedCluster) -> SimulatedNode? {
        guard let leader = cluster.leader, leader.running?.replica.hasCommittedInCurrentTerm == true else { return nil }
        return leader
    }

    private func run(
        _ cluster: SimulatedCluster, _ users: inout SimulatedUsers, _ what: Comment, until condition: () -> Bool
    ) throws {
        for _ in 0..<200_000 where !condition() {
            try cluster.advance()
            for node in cluster.nodes { users.collect(from: node) }
        }
        try #require(condition(), what)
    }
}
