import HotPath
import RaftCore
import Seeds
import Testing

@Suite("A node that starts again from an older copy of its disk")
struct LostDataSimulationTests {
    @Test(
        "It is named by the leader and by itself until it is repaired, and then the third node is not needed",
        arguments: Seed.all(900...909, of: "LostDataSimulationTests/olderCopy"))
    func olderCopy(seed: Seed) throws {
        let cluster = try SimulatedCluster(seed: seed.value)
        var users = SimulatedUsers()
        try run(cluster, &users, "one leads") {
            cluster.leader?.running?.replica.hasCommittedInCurrentTerm == true
        }
        let leader = try #require(cluster.leader)
        let lost = try #require(cluster.nodes.first { $0.id != leader.id })
        let third = try #require(cluster.nodes.first { $0.id != leader.id && $0.id != lost.id })
        let replica = try #require(leader.running?.replica)
        write(100, to: leader, cluster, &users)
        let copy = (log: lost.log.durable, hardState: lost.log.hardState, state: lost.stateMachine.persisted)
        write(200, to: leader, cluster, &users)
        try run(cluster, &users, "it has acknowledged all") {
            replica.followerProgress.first { $0.id == lost.id }?.matchIndex == replica.lastLogID.index
        }
        let had = replica.lastLogID.index

        cluster.faults.restartPercent = 0
        cluster.crash(lost)
        // An older copy does not know what it had shown either.
        lost.appliedBeforeCrash = .zero
        (lost.log.durable, lost.log.hardState) = (copy.log, copy.hardState)
        lost.stateMachine.persisted = copy.state
        lost.stateMachine.state = copy.state
        cluster.hungDisks = [lost.id]
        try cluster.start(lost)
        let running = try #require(lost.running)

        try run(cluster, &users, "all know of it") {
            let progress = replica.followerProgress.first { $0.id == lost.id }
            return progress?.lostThrough == had && running.board.current.missesData
                && leader.running?.board.current.progress.contains { $0.id == lost.id && $0.hasLostData } == true
        }
        #expect(!running.board.current.isCaughtUp)
        cluster.hungDisks = []
        try run(cluster, &users, "it is repaired") {
            !running.board.current.missesData && replica.followerProgress.allSatisfy { $0.lostThrough == nil }
        }
        cluster.crash(third)
        let before = users.acknowledged.count
        write(100, to: leader, cluster, &users)
        for _ in 0..<200_000 where users.acknowledged.count < before + 50 {
            try cluster.advance()
            users.collect(from: leader)
        }
        #expect(users.acknowledged.count >= before + 50, "writes go on")

        #expect(replica.role == .leader)
        #expect(lost.log.hardState.lostData?.acknowledged.index == had, "it gives no vote in this term")
    }

    private func write(
        _ bursts: Int, to node: SimulatedNode, _ cluster: SimulatedCluster, _ users: inout SimulatedUsers
    ) {
        for _ in 0..<bursts {
            users.submitBurst(to: node, cluster: cluster)
            node.running?.replica.turn()
        }
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
