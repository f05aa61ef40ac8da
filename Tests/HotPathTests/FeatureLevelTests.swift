import KeyValue
import NIOCore
import RaftCore
import Testing

@testable import HotPath

@Suite("The feature level: a node writes for others what all of them know, and takes only what it knows itself")
struct FeatureLevelTests {
    private func results(_ departures: [PlayedPorts.Departure]) -> [AppendEntriesResponse.Result] {
        var found: [AppendEntriesResponse.Result] = []
        for case .raft(let message, _) in departures.messages(to: "b") {
            if case .appendEntriesResponse(let response) = message.body { found.append(response.result) }
        }
        return found
    }

    /// A follower of `b` that was sent the entries 2 to 4, of which 3 is of a later release.
    private func makeFollower() throws -> (PlayedReplica, troubles: () -> [Trouble]) {
        let played = PlayedReplica()
        var troubles: [Trouble] = []
        played.replica.onTrouble = { troubles.append($0) }
        try played.follow()
        let entries: [Entry] = [
            .blank(2, term: 2), .blank(3, term: 2, featureLevel: FeatureLevel.release + 1), .blank(4, term: 2),
        ]
        try played.receiveEntries(entries, after: .of(1), commit: 4, sequence: 2)
        played.turn()
        try played.flushLog()
        played.turn()
        return (played, { troubles })
    }

    @Test("A follower takes what comes before the first entry that it does not know, and says so once")
    func takesThePrefix() throws {
        let (played, troubles) = try makeFollower()
        let unknown = UnknownEntry(index: LogIndex(3), featureLevel: FeatureLevel.release + 1)

        #expect(played.replica.lastLogID == .of(2, term: 2))
        #expect(played.replica.commitIndex == LogIndex(2))
        #expect(results(played.takeDepartures()).last == .matched(.of(2, term: 2)))
        #expect(troubles() == [.unknownEntry(unknown, known: FeatureLevel.release)])
        #expect(played.board.current.unknownEntry == unknown)
        #expect(!played.board.current.isCaughtUp)

        try played.applyAll()
        played.turn()
        #expect(!played.board.current.isCaughtUp)
    }

    @Test("What follows is neither taken nor rejected, so that its leader does not send it again and again")
    func staysQuiet() throws {
        let (played, troubles) = try makeFollower()
        _ = played.takeDepartures()

        try played.receiveEntries([.blank(5, term: 2)], after: .of(4, term: 2), commit: 4, sequence: 3)
        played.turn()
        for number in UInt64(0)..<30 {
            try played.receiveEntries([], after: .of(5, term: 2), commit: 5, sequence: 4 + number)
            played.pass(milliseconds: 100)
        }

        #expect(played.replica.lastLogID == .of(2, term: 2))
        #expect(results(played.takeDepartures()).allSatisfy { $0 == .matched(.of(2, term: 2)) })
        #expect(played.replica.leaderID == "b")
        #expect(played.replica.role == .follower)
        #expect(troubles().count == 1)
    }

    @Test("It does not campaign when its leader falls silent")
    func doesNotCampaign() throws {
        let (played, _) = try makeFollower()

        played.pass(milliseconds: 10_000)

        #expect(played.replica.role == .follower)
        #expect(played.replica.currentTerm == Term(2))
    }

    @Test("A later leader that never had the entry is followed as any other")
    func otherLeader() throws {
        let (played, _) = try makeFollower()
        _ = played.takeDepartures()

        try played.receiveEntries(
            [.blank(3, term: 3), .blank(4, term: 3)], after: .of(2, term: 2), commit: 4, sequence: 1, from: "c",
            term: 3)
        played.turn()
        try played.flushLog()
        played.turn()

        #expect(played.replica.lastLogID == .of(4, term: 3))
        #expect(played.board.current.unknownEntry == nil)
    }

    // MARK: Reads

    /// The outcome of a read for which the leader `b` confirms an index, as far as there is one in the same turn.
    private func outcome(_ played: PlayedReplica, ofReadAt index: UInt64) throws -> [Outcome] {
        _ = played.takeDepartures()
        played.submitReads(1)
        played.turn()
        guard case .readIndexRequest(let id) = try #require(played.takeDepartures().messages(to: "b").last) else {
            Issue.record("no index was asked for")
            return []
        }
        try played.receive(.readIndexAnswer(id: id, index: LogIndex(index)), from: "b")
        played.turn()
        return played.takeDepartures().answers.map(\.outcome)
    }

    @Test("A read that has to see the unknown entry is refused at once, and its room is given back", arguments: [3, 9])
    func refusedRead(index: UInt64) throws {
        let (played, _) = try makeFollower()

        #expect(try outcome(played, ofReadAt: index) == [.failed(.unknownEntry)])
        #expect(played.admission.waitingCommands == 0)
    }

    @Test("A read that comes before the unknown entry is served, as long as a majority lacks that too")
    func servedRead() throws {
        let (played, _) = try makeFollower()
        #expect(try outcome(played, ofReadAt: 2) == [])

        try played.applyAll()
        played.turn()

        #expect(played.takeDepartures().answers.map(\.outcome) == [.readable])
        #expect(played.admission.waitingCommands == 0)
    }

    @Test("A read that waits for what turns out to be unknown is refused then, and one that waits for less is not")
    func waitingReads() throws {
        let played = PlayedReplica()
        try played.follow()
        #expect(try outcome(played, ofReadAt: 2) == [])
        #expect(try outcome(played, ofReadAt: 4) == [])

        try played.receiveEntries(
            [.blank(2, term: 2), .blank(3, term: 2, featureLevel: FeatureLevel.release + 1)], after: .of(1), commit: 4,
            sequence: 2)
        played.turn()
        #expect(played.takeDepartures().answers.map(\.outcome) == [.failed(.unknownEntry)])
        #expect(played.admission.waitingCommands == 1)

        try played.flushLog()
        played.turn()
        try played.applyAll()
        played.turn()
        #expect(played.takeDepartures().answers.map(\.outcome) == [.readable])
    }

    // MARK: The leader

    /// A put of a kind that no release has.
    private var laterCommand: ByteBuffer {
        var commands = Burst.puts(1...1).commands
        commands.setInteger(UInt8(9), at: commands.readerIndex + 4)
        return commands
    }

    private func outcomes(_ departures: [PlayedPorts.Departure]) -> [Outcome] {
        var found: [Outcome] = []
        for case .forwardedWritesAnswer(_, _, let outcomes) in departures.messages(to: "b") { found += outcomes }
        return found
    }

    @Test("A forwarded burst with a command that the leader does not know is refused whole, and its link stays")
    func laterForwarded() throws {
        let played = PlayedReplica()
        try played.lead()
        let last = played.replica.lastLogID
        var commands = Burst.puts(1...1).commands
        var later = laterCommand
        commands.writeBuffer(&later)

        let refusal = played.replica.receive(
            .forwardedWrites(id: 7, commandCount: 2, commands: commands), from: "b")
        played.turn()

        #expect(refusal?.endsLink == false)
        #expect(outcomes(played.takeDepartures()) == [.failed(.notSupported), .failed(.notSupported)])
        #expect(played.replica.lastLogID == last)
    }

    @Test("What the level of the cluster does not allow is refused whole, whoever asks for it")
    func aboveTheLevel() throws {
        // Puts are of the first level, so only a cluster below that refuses them.
        let played = PlayedReplica(featureLevel: 0)
        try played.lead()
        let last = played.replica.lastLogID
        let room = played.admission.waitingCommands

        played.submitPuts(2)
        try played.receive(
            .forwardedWrites(id: 7, commandCount: 1, commands: Burst.puts(1...1).commands), from: "b")
        played.turn()

        let departures = played.takeDepartures()
        #expect(departures.answers.map(\.outcome) == [.failed(.notSupported), .failed(.notSupported)])
        #expect(outcomes(departures) == [.failed(.notSupported)])
        #expect(played.replica.lastLogID == last)
        #expect(played.admission.waitingCommands == room)
    }

    @Test("An entry states the level that its commands need")
    func levelOfEntries() {
        var commands = Burst.puts(1...3).commands
        var builder = EntryBuilder(payloadBytesExpected: 100)
        _ = builder.take(from: &commands)

        #expect(builder.finish(id: .of(1)).featureLevel == CommandKind.featureLevelMax)
        #expect(Entry(id: .of(1), Configuration(featureLevel: 9)).featureLevel == 9)
    }
}
