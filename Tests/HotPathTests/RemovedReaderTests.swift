import HotPath
import RaftCore
import Testing

@Suite("Reads of a node that is removed meanwhile")
struct RemovedReaderTests {
    @Test("A read that was confirmed and whose index never arrives is answered, and its room is given back")
    func givenUp() throws {
        var settings = ReplicaSettings()
        settings.readApplyNanosecondsMax = 4_000_000_000
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
}
