import HotPath
import RaftCore
import Testing

@testable import Storage

@Suite("Three replicas over RocksDB: an answer and the syncs that cover it")
struct CoveringSyncTests {
    @Test("No write is answered before a sync has covered it in two of three logs, and writes share syncs")
    func coveredByAMajority() throws {
        let trio = try ReplicaTrio()
        let leader = try trio.elect()
        let before = trio.members.map(\.log.syncCount)

        var writeCount = 0
        for burst in 1...100 {
            trio.write(1 + burst % 8, to: leader)
            writeCount += 1 + burst % 8
            // Some bursts follow each other closely, others find an idle node.
            if burst % 3 == 0 { try trio.run(until: "all are answered") { trio.sink.writtenCount == writeCount } }
        }
        try trio.run(until: "all are answered") { trio.sink.writtenCount == writeCount }
        try trio.run(until: "all logs have all") {
            trio.members.allSatisfy { member in (1...writeCount).allSatisfy { member.log.hasCovered("key-\($0)") } }
        }

        #expect(trio.sink.complaints.prefix(3) == [])
        for (member, before) in zip(trio.members, before) {
            let syncCount = member.log.syncCount - before
            #expect(syncCount > 0, "\(member.id) answered for \(writeCount) writes without a sync")
            #expect(syncCount <= 100, "\(member.id) needed \(syncCount) syncs for 100 bursts")
        }
        try trio.stop()
    }

    @Test("While the syncs of a majority are held back no write is answered; with the second sync all are")
    func heldSyncs() throws {
        let trio = try ReplicaTrio()
        let leader = try trio.elect()
        let followers = trio.members.filter { $0 !== leader }
        try trio.run(until: "nothing is under way") {
            trio.members.allSatisfy { $0.writer?.jobCount == $0.log.jobCount }
        }

        for member in trio.members { member.log.hold() }
        trio.write(10, to: leader)
        try trio.run(until: "all three stand before their sync") { trio.members.allSatisfy(\.log.isWaiting) }
        #expect(trio.sink.writtenCount == 0)
        leader.log.letThrough()
        try trio.run(until: "the leader's sync has returned") { leader.log.hasCovered("key-10") }
        try trio.turn()
        #expect(trio.sink.writtenCount == 0, "the leader's own sync was enough for an answer")
        followers[0].log.letThrough()
        try trio.run(until: "all are answered") { trio.sink.writtenCount == 10 }

        #expect(trio.sink.complaints.prefix(3) == [])
        #expect(!followers[1].log.hasCovered("key-1"), "the third sync was still held back")
        followers[1].log.letThrough()
        try trio.stop()
    }
}
