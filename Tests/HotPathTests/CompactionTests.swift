import RaftCore
import Testing

@testable import HotPath

@Suite("A log that gets shorter at its beginning")
struct CompactionTests {
    /// The owner of a replica, and what it is told.
    private final class Owner {
        var results: [Replica.CutResult] = []
    }

    private let owner = Owner()

    private static let tailBytes = 8_000

    /// A leader of a cluster of level 2 whose log is cut every 24 KB, with a tail of 8. The ring keeps nothing.
    private func leader(
        level: UInt8 = 2, silent: Set<NodeID> = [], isOn: Bool = true, ringBytes: Int = 0,
        awayNanoseconds: UInt64 = 10_000_000_000
    ) throws -> PlayedReplica {
        var settings = ReplicaSettings()
        settings.entryRingBytesKept = ringBytes
        settings.entryRingBytesMax = ringBytes
        var compaction = CompactionSettings(logMemTableBytes: 32_000)
        compaction.intervalBytes = 24_000
        compaction.tailBytes = Self.tailBytes
        compaction.laggingBytesMax = 100_000
        compaction.awayNanoseconds = awayNanoseconds
        compaction.intervalNanoseconds = 2_000_000_000
        compaction.retryNanoseconds = 1_000_000_000
        settings.compaction = isOn ? compaction : nil
        var raftSettings = RaftSettings()
        raftSettings.featureLevel = level
        let played = PlayedReplica(raftSettings: raftSettings, settings: settings, featureLevel: level)
        played.silent = silent
        try played.lead()
        return played
    }

    /// Writes 24 entries of 1 KB or more, which are committed and applied.
    private func write(_ played: PlayedReplica, entries: Int = 24) throws {
        for _ in 0..<entries {
            played.submitPuts(1, valueBytes: 1_000)
            try played.obey()
            try played.applyAll()
            played.turn()
        }
    }

    /// Cuts, and returns the point that the log job has.
    private func cut(_ played: PlayedReplica, persisted: LogIndex) throws -> CompactionPoint? {
        _ = played.takeDepartures()
        played.replica.cutLog(persisted: persisted) { [owner] in owner.results.append($0) }
        played.turn()
        var points: [CompactionPoint] = []
        for case .logJob(let job) in played.takeDepartures() { if let point = job.compaction { points.append(point) } }
        #expect(points.count <= 1)
        return points.first
    }

    @Test("A cycle begins once enough was written, and cuts off what is applied durably and not in the tail")
    func cycle() throws {
        let played = try leader()
        #expect(played.ports.wanted.isEmpty)
        try write(played)
        let wanted = try #require(played.ports.wanted.first)
        #expect(played.ports.wanted.count == 1 && wanted < played.replica.lastLogID.index)
        // One at a time.
        try write(played)
        #expect(played.ports.wanted.count == 1)

        let point = try #require(try cut(played, persisted: wanted))
        #expect(point.lastIncluded.index == wanted)
        #expect(point.lastIncluded.term == played.replica.currentTerm)
        #expect(point.configuration == played.replica.configuration)
        #expect(owner.results.isEmpty, "the cut is reported before it is durable")
        #expect(played.replica.compactedLogID == .zero)

        try played.flushLog()
        played.turn()
        #expect(owner.results == [.cut(through: point.lastIncluded)])
        #expect(played.replica.compactedLogID == point.lastIncluded)
        #expect(played.replica.wantsFilesReleased)
        played.replica.compactionEnded(succeeded: true, hasReleasedFiles: true)
        #expect(!played.replica.wantsFilesReleased)
        // The bytes that were written meanwhile count.
        played.turn()
        #expect(played.ports.wanted.count == 2)
    }

    @Test("A cycle begins sooner if a table has become durable meanwhile, and wants no others to be written")
    func easyCycle() throws {
        let played = try leader()
        try write(played, entries: 18)
        #expect(played.ports.wanted.isEmpty)
        played.ports.persistedIndex = LogIndex(9)
        played.turn()
        #expect(played.ports.wanted == [LogIndex(9)])

        played.replica.compactionEnded(succeeded: true)
        // Once for each table.
        try write(played, entries: 18)
        #expect(played.ports.wanted.count == 1)
        // A table that follows at once is left for the next time.
        played.ports.persistedIndex = LogIndex(20)
        played.turn()
        #expect(played.ports.wanted == [LogIndex(9), LogIndex(20)])
        played.replica.compactionEnded(succeeded: true)
        try write(played, entries: 10)
        played.ports.persistedIndex = LogIndex(30)
        played.turn()
        #expect(played.ports.wanted.count == 2)
    }

    @Test("R8: no entry goes that is not in the state machine on disk")
    func persisted() throws {
        let played = try leader()
        try write(played)
        let persisted = LogIndex(played.ports.wanted[0].rawValue - 5)

        #expect(try cut(played, persisted: persisted)?.lastIncluded.index == persisted)

        let other = CompactionTests()
        let lagging = try other.leader()
        try other.write(lagging)
        #expect(try other.cut(lagging, persisted: .zero) == nil)
        #expect(other.owner.results == [.nothing])
    }

    @Test("A log keeps its beginning if it is told to, or if older releases may have to read it")
    func off() throws {
        for (level, isOn) in [(1, true), (2, false)] as [(UInt8, Bool)] {
            let test = CompactionTests()
            let played = try test.leader(level: level, isOn: isOn)
            try test.write(played, entries: 60)
            #expect(played.ports.wanted.isEmpty)
            played.replica.cutLog(persisted: LogIndex(10)) { test.owner.results.append($0) }
            #expect(test.owner.results == [.nothing])
        }
    }

    @Test("A cycle is due in time as well, if anything was written, and after a failure once the pause is over")
    func time() throws {
        let played = try leader()
        func pass(milliseconds: UInt64) throws {
            for _ in 0..<milliseconds / 10 {
                played.pass(milliseconds: 10)
                try played.obey()
            }
        }
        try pass(milliseconds: 2_100)
        played.ports.wanted.removeAll()
        played.replica.compactionEnded(succeeded: true)
        try pass(milliseconds: 2_100)
        #expect(played.ports.wanted.isEmpty, "nothing was written")
        // It is due at once, and nothing may go before there is a tail.
        try write(played, entries: 12)
        #expect(played.ports.wanted.isEmpty)
        try pass(milliseconds: 2_100)
        #expect(played.ports.wanted.count == 1)

        played.replica.compactionEnded(succeeded: false)
        try pass(milliseconds: 980)
        #expect(played.ports.wanted.count == 1)
        try pass(milliseconds: 30)
        #expect(played.ports.wanted.count == 2)
    }

    @Test("Entries that the disk has no more are served from memory, and the core forgets them when memory does")
    func ring() throws {
        let played = try leader(ringBytes: 1 << 20)
        try write(played)
        _ = try cut(played, persisted: played.ports.wanted[0])
        try played.flushLog()
        played.turn()

        #expect(played.replica.firstIndexInMemory <= played.ports.wanted[0])
        #expect(
            played.replica.compactedLogID == LogID(index: played.replica.firstIndexInMemory.previous, term: Term(1)))
    }

    @Test("A read that meets a cut brings nothing, and the follower gets a snapshot")
    func readMeetsCut() throws {
        let played = try leader(silent: ["b"], awayNanoseconds: 100_000_000)
        played.pass(milliseconds: 200)
        try write(played)
        let term = played.replica.currentTerm
        // The follower comes back, and what it needs is read.
        func answer(_ result: AppendEntriesResponse.Result) throws {
            let response = AppendEntriesResponse(
                result: result, readRound: 0, sequence: played.ports.sequences["b"] ?? 0)
            try played.receive(
                .raft(Message(from: "b", to: "a", term: term, body: .appendEntriesResponse(response)), entries: []),
                from: "b")
            played.turn()
        }
        _ = try cut(played, persisted: played.ports.wanted[0])
        try answer(.matched(.of(1)))
        #expect(played.ports.logReads.count == 1)
        try played.flushLog()
        played.turn()

        played.answerLogRead(with: [])
        played.turn()
        played.pass(milliseconds: 200)
        try answer(.matched(.of(1)))
        played.pass(milliseconds: 200)

        #expect(played.replica.role == .leader)
        guard case .prepare("b", _)? = played.ports.snapshotCalls.first, played.ports.snapshotCalls.count == 1 else {
            Issue.record("snapshots are dealt with as \(played.ports.snapshotCalls)")
            return
        }
    }

    @Test("A live follower that reads from the disk holds the cut back")
    func liveFollower() throws {
        let played = try leader(silent: ["b"])
        try write(played, entries: 10)
        let term = played.replica.currentTerm
        for _ in 0..<20 {
            let response = AppendEntriesResponse(
                result: .matched(.of(1)), readRound: 0, sequence: played.ports.sequences["b"] ?? 0)
            try played.receive(
                .raft(Message(from: "b", to: "a", term: term, body: .appendEntriesResponse(response)), entries: []),
                from: "b")
            try write(played, entries: 1)
        }
        #expect(played.ports.wanted.map(\.rawValue).allSatisfy { $0 <= 1 })
    }

    /// Time passes, and the followers that are not silent answer.
    private func pass(milliseconds: UInt64, _ played: PlayedReplica) throws {
        for _ in 0..<milliseconds / 100 {
            played.pass(milliseconds: 100)
            try played.obey()
        }
    }

    @Test("What a member lacks stays while it is away for a while, and no table files are made for it meanwhile")
    func away() throws {
        let played = try leader()
        try write(played, entries: 2)
        let had = played.replica.lastLogID.index
        played.silent = ["b"]
        for _ in 0..<3 {
            try pass(milliseconds: 3_000, played)
            try write(played)
            #expect(played.ports.wanted.allSatisfy { $0 <= had })
            #expect(!played.replica.wantsFilesReleased)
            played.replica.compactionEnded(succeeded: true)
        }
        // Memory does not have it.
        #expect(played.replica.firstIndexInMemory > had)

        try pass(milliseconds: 1_500, played)
        played.replica.compactionEnded(succeeded: true)
        try write(played)
        #expect(try #require(played.ports.wanted.last) > had)
    }

    @Test("A member that lacks more than a bound is given up sooner, unless the data have as much", arguments: [0, 1])
    func backlog(isLarge: Int) throws {
        let played = try leader()
        try write(played, entries: 2)
        let had = played.replica.lastLogID.index
        played.silent = ["b"]
        played.ports.dataBytes = isLarge * 1_000_000
        try pass(milliseconds: 1_000, played)
        for _ in 0..<10 {
            try write(played, entries: 13)
            played.replica.compactionEnded(succeeded: true)
        }
        #expect((played.ports.wanted.last ?? .zero > had) == (isLarge == 0))
    }

    @Test("A replica that starts over with another log ends the cut under way, and one of before finds nothing to cut")
    func restart() throws {
        let played = try leader()
        try write(played)
        _ = played.takeDepartures()
        played.replica.cutLog(persisted: played.ports.wanted[0]) { [owner] in owner.results.append($0) }
        played.turn()
        try played.obey()
        try played.applyAll()
        played.replica.freeze()
        played.turn()
        #expect(owner.results.count == 1)
        let last = played.replica.lastLogID
        var recovered = Raft.Recovered(compacted: last)
        recovered.applied = last.index
        recovered.hardState = played.replica.hardState
        let raft = Raft(id: "a", settings: RaftSettings(), recovered: recovered, seed: 1, now: played.ports.now)
        played.replica.restart(with: raft)
        played.turn()

        played.replica.cutLog(persisted: LogIndex(9)) { [owner] in owner.results.append($0) }

        #expect(owner.results.last == .nothing)
        played.replica.compactionEnded(succeeded: true)
        played.turn()
        #expect(played.replica.compactedLogID == last)
    }
}
