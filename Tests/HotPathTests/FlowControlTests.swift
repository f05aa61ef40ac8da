import RaftCore
import Testing

@testable import HotPath

@Suite("A follower whose state machine is too far behind")
struct FlowControlTests {
    /// A follower of `b` that was sent the entries 2 to 4, which are committed and more than the limit, and has applied
    /// none of them.
    private func makeFollower() throws -> PlayedReplica {
        var settings = ReplicaSettings()
        settings.unappliedBytesMax = 2 * Entry.headerBytes
        let played = PlayedReplica(settings: settings)
        try played.follow()
        let entries = (UInt64(2)...4).map { Entry.blank($0, term: 2) }
        try played.receiveEntries(entries, after: .of(1), commit: 1, sequence: 2)
        played.turn()
        try played.flushLog()
        try played.receiveEntries([], after: .of(4, term: 2), commit: 4, sequence: 3)
        played.turn()
        #expect(!played.ports.applyJobs.isEmpty)
        _ = played.takeDepartures()
        return played
    }

    private func results(_ departures: [PlayedPorts.Departure]) -> [AppendEntriesResponse.Result] {
        var found: [AppendEntriesResponse.Result] = []
        for case .raft(let message, _) in departures.messages(to: "b") {
            if case .appendEntriesResponse(let response) = message.body { found.append(response.result) }
        }
        return found
    }

    @Test("It answers with what it has, never with a conflict, and takes the entries when it has caught up")
    func entriesWait() throws {
        let played = try makeFollower()

        try played.receiveEntries([.blank(5, term: 2)], after: .of(4, term: 2), commit: 4, sequence: 4)
        played.turn()
        try played.receiveEntries([.blank(6, term: 2)], after: .of(5, term: 2), commit: 4, sequence: 5)
        played.turn()
        // A heartbeat names the last entry that was sent, which waits.
        try played.receiveEntries([], after: .of(6, term: 2), commit: 4, sequence: 6)
        played.turn()

        #expect(played.replica.lastLogID == .of(4, term: 2))
        let answers = results(played.takeDepartures())
        #expect(!answers.isEmpty)
        #expect(answers.allSatisfy { $0 == .matched(.of(4, term: 2)) })

        try played.applyAll()
        #expect(played.ports.isTurnDue, "nobody was waiting for the state machine")
        played.turn()
        #expect(played.replica.lastLogID == .of(6, term: 2))
        try played.flushLog()
        played.turn()
        #expect(results(played.takeDepartures()) == [.matched(.of(6, term: 2))])
    }

    @Test("Requests with entries are signs of life too: it does not campaign while they wait")
    func signOfLife() throws {
        let played = try makeFollower()

        for number in UInt64(0)..<30 {
            try played.receiveEntries(
                [.blank(5 + number, term: 2)], after: .of(4 + number, term: 2), commit: 4, sequence: 4 + number)
            played.pass(milliseconds: 100)
        }

        #expect(played.replica.role == .follower)
        #expect(played.replica.currentTerm == Term(2))
        #expect(played.replica.leaderID == "b")
        #expect(played.replica.lastLogID == .of(4, term: 2))
    }

    @Test("Entries that waited say nothing new when they are taken: a leader that is silent meanwhile may be replaced")
    func noContact() throws {
        let played = try makeFollower()
        try played.receiveEntries([.blank(5, term: 2)], after: .of(4, term: 2), commit: 4, sequence: 4)
        played.turn()
        played.pass(milliseconds: 490)
        _ = played.takeDepartures()

        try played.applyAll()
        played.turn()
        #expect(played.replica.lastLogID == .of(5, term: 2))
        played.ports.now = played.ports.now.advanced(byNanoseconds: 20_000_000)
        let request = RequestVoteRequest(isPreVote: true, isLeadershipTransfer: false, lastLogID: .of(9, term: 2))
        try played.receive(
            .raft(Message(from: "c", to: "a", term: Term(3), body: .requestVoteRequest(request)), entries: []),
            from: "c")
        played.turn()

        #expect(played.takeDepartures().messages(to: "c").count == 1, "it still believes in its leader")
    }

    @Test("Entries of a leader that is followed no more are dropped")
    func leaderGone() throws {
        let played = try makeFollower()
        try played.receiveEntries([.blank(5, term: 2)], after: .of(4, term: 2), commit: 4, sequence: 4)
        played.turn()
        played.pass(milliseconds: 1_500)
        #expect(played.replica.leaderID == nil)

        try played.applyAll()
        played.turn()

        #expect(played.replica.leaderID == nil)
        #expect(played.replica.lastLogID == .of(4, term: 2))
    }

    @Test("A member that was added again stays one for its users while its entries wait")
    func addedAgain() throws {
        var settings = ReplicaSettings()
        settings.unappliedBytesMax = 2 * Entry.headerBytes
        let played = PlayedReplica(settings: settings)
        try played.follow()
        let others = Configuration(members: ["b", "c"].map { Member(id: $0, role: .voter) })
        let removal = Entry(
            id: .of(4, term: 2), kind: .configuration, commandCount: 0, payload: ConfigurationCodec.encode(others))
        try played.receiveEntries(
            [.blank(2, term: 2), .blank(3, term: 2), removal, .blank(5, term: 2)], after: .of(1), commit: 1,
            sequence: 2)
        played.turn()
        try played.flushLog()
        try played.receiveEntries([], after: .of(5, term: 2), commit: 4, sequence: 3)
        played.turn()
        try played.receiveEntries([.blank(6, term: 2)], after: .of(5, term: 2), commit: 4, sequence: 4)
        played.turn()
        #expect(played.replica.configuration == others)
        var isRemoved = played.replica.raft.isRemoved
        #expect(!isRemoved)

        // The next leader's requests wait, too.
        try played.receiveEntries(
            [.blank(6, term: 3)], after: .of(5, term: 2), commit: 4, sequence: 1, from: "c", term: 3)
        played.turn()

        #expect(played.replica.leaderID == "c")
        #expect(played.replica.lastLogID == .of(5, term: 2))
        isRemoved = played.replica.raft.isRemoved
        #expect(!isRemoved)
    }

    @Test("That it lost data, which a request with entries says, does not wait with them")
    func lostData() throws {
        let played = try makeFollower()

        try played.receiveEntries(
            [.blank(5, term: 2)], after: .of(4, term: 2), commit: 4, sequence: 4, lost: .of(9, term: 2))
        played.turn()

        #expect(played.replica.lastLogID == .of(4, term: 2))
        let lost = played.replica.raft.hardState.lostData
        #expect(lost == LostData(acknowledged: .of(9, term: 2), term: Term(2)))
    }

    @Test("It votes, and takes the entries of the next leader instead of those that wait")
    func otherLeader() throws {
        let played = try makeFollower()
        try played.receiveEntries([.blank(5, term: 2)], after: .of(4, term: 2), commit: 4, sequence: 4)
        played.turn()
        played.pass(milliseconds: 500)
        _ = played.takeDepartures()

        let request = RequestVoteRequest(isPreVote: false, isLeadershipTransfer: false, lastLogID: .of(9, term: 2))
        try played.receive(
            .raft(Message(from: "c", to: "a", term: Term(3), body: .requestVoteRequest(request)), entries: []),
            from: "c")
        played.turn()
        try played.flushLog()
        played.turn()
        #expect(played.takeDepartures().messages(to: "c").count == 1, "no vote was given")
        try played.receiveEntries(
            [.blank(5, term: 3)], after: .of(4, term: 2), commit: 4, sequence: 1, from: "c", term: 3)
        played.turn()
        #expect(played.replica.lastLogID == .of(4, term: 2))
        try played.applyAll()
        played.turn()

        #expect(played.replica.leaderID == "c")
        #expect(played.replica.lastLogID == .of(5, term: 3))
    }

    @Test("What waits ends with its link, and never exceeds its limit")
    func limits() {
        var deferred = DeferredEntries()
        let request = AppendEntriesRequest(
            prevLogID: .of(1), range: .of(2...2), leaderCommit: .zero, readRound: 0, sequence: 1)
        let message = Message(from: "b", to: "a", term: Term(2), body: .appendEntriesRequest(request))
        let size = Entry.blank(2).encodedBytes
        let fitting = ReplicaLimits.deferredBytesMax / size
        for _ in 0...fitting { deferred.append(message, entries: [.blank(2)]) }

        #expect(deferred.bytes == fitting * size)
        deferred.endLink(to: "c")
        #expect(!deferred.isEmpty)
        deferred.endLink(to: "b")
        #expect(deferred.isEmpty)
        #expect(deferred.bytes == 0)
    }
}
