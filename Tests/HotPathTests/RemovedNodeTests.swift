import HotPath
import RaftCore
import Testing

@Suite("A node that is removed")
struct RemovedNodeTests {
    @Test("A read that was confirmed and whose index never arrives is answered, and its room is given back")
    func givenUp() throws {
        var settings = ReplicaSettings()
        settings.answerWaitNanoseconds = 4_000_000_000
        let cluster = try SimulatedCluster(seed: 800, replicaSettings: settings)
        var users = SimulatedUsers()
        for _ in 0..<200_000 where cluster.leader?.running?.replica.hasCommittedInCurrentTerm != true {
            try cluster.advance()
        }
        let leader = try #require(cluster.leader)
        let reader = try #require(cluster.nodes.first { $0.id != leader.id })
        let running = try #require(reader.running)
        for _ in 0..<20_000 where running.replica.leaderID != leader.id { try cluster.advance() }
        // The leader commits a removal that the reader does not hear of, and answers its question all the same.
        try #require(leader.running?.replica).changeConfiguration(.remove(reader.id)) { _ in }
        for _ in 0..<2_000 { try cluster.advance() }
        users.submitReads(to: reader)
        #expect(running.admission.waitingCommands == 1)

        for _ in 0..<40_000 { try cluster.advance() }
        users.collect(from: reader)

        #expect(running.admission.waitingCommands == 0)
    }

    @Test("It learns of its removal, answers what waits, refuses what comes, and changes nothing for the others")
    func told() throws {
        let cluster = try SimulatedCluster(seed: 801)
        var users = SimulatedUsers()
        for _ in 0..<200_000 where cluster.leader?.running?.replica.hasCommittedInCurrentTerm != true {
            try cluster.advance()
        }
        let leader = try #require(cluster.leader)
        let removed = try #require(cluster.nodes.first { $0.id != leader.id })
        let running = try #require(removed.running)
        let leading = try #require(leader.running?.replica)
        let term = leading.currentTerm
        leading.changeConfiguration(.remove(removed.id)) { _ in }

        for _ in 0..<20_000 where running.board.staleReads != .removed { try cluster.advance() }
        for _ in 0..<2_000 { try cluster.advance() }
        #expect(running.board.current.isRemoved)
        users.submitBurst(to: removed, cluster: cluster)
        users.submitReads(to: removed)
        running.replica.turn()
        #expect(removed.sink.completions.isEmpty == false)
        #expect(removed.sink.completions.allSatisfy { $0.outcome == .failed(.removed) })
        #expect(running.admission.waitingCommands == 0)
        for _ in 0..<20_000 { try cluster.advance() }

        #expect(leading.role == .leader)
        #expect(leading.currentTerm == term)
        #expect(running.replica.role == .follower)
    }

    @Test("One that was down when it was removed learns it when it dials a member")
    func wasDown() throws {
        let cluster = try SimulatedCluster(seed: 802)
        for _ in 0..<200_000 where cluster.leader?.running?.replica.hasCommittedInCurrentTerm != true {
            try cluster.advance()
        }
        let leader = try #require(cluster.leader)
        let removed = try #require(cluster.nodes.first { $0.id != leader.id })
        cluster.faults.restartPercent = 0
        cluster.crash(removed)
        var result: Replica.ConfigurationResult?
        try #require(leader.running?.replica).changeConfiguration(.remove(removed.id)) { result = $0 }
        for _ in 0..<20_000 where result == nil { try cluster.advance() }
        #expect(result == .committed)

        try cluster.start(removed)
        try #require(leader.running?.replica).linkOpened(to: removed.id)
        for _ in 0..<20_000 where removed.running?.board.staleReads != .removed { try cluster.advance() }

        #expect(removed.running?.board.current.isRemoved == true)
    }

    @Test("Whoever is no member and asks for votes is told so, each time; a member is not")
    func asksForVotes() throws {
        let played = try PlayedReplica()
        played.ports.linked.insert("d")
        let request = RequestVoteRequest(isPreVote: true, isLeadershipTransfer: false, lastLogID: .of(1))
        for peer: NodeID in ["d", "b", "d"] {
            let message = Message(from: peer, to: "a", term: Term(2), body: .requestVoteRequest(request))
            try played.receive(.raft(message, entries: []), from: peer)
            played.turn()

            let isTold = played.takeDepartures().messages(to: peer).contains { message in
                if case .removed(let index) = message { index == LogIndex(1) } else { false }
            }
            #expect(isTold == (peer == "d"), "\(peer)")
        }
    }
}
