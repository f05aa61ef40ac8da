import KeyValue
import NIOCore
import RaftCore
import Testing

@testable import HotPath

@Suite("Links that close and open within a turn")
struct LinkStreamTests {
    private let key = Burst.puts(1...1)

    @Test("What arrives on a new link is answered, although the end of the old one was reported in the same turn")
    func newLink() throws {
        let played = PlayedReplica()
        try played.lead()
        try played.receive(.forwardedWrites(id: 5, commandCount: 1, commands: key.commands), from: "b")
        played.turn()

        played.replica.peerUnreachable("b")
        played.replica.linkOpened(to: "b")
        try played.receive(.forwardedWrites(id: 6, commandCount: 1, commands: key.commands), from: "b")
        try played.obey()
        try played.applyAll()
        var answered: [UInt64] = []
        for case .forwardedWritesAnswer(let id, _, _) in try played.obey().messages(to: "b") { answered.append(id) }

        #expect(answered == [6], "the first burst ended with its link, the second one did not")
    }

    @Test("The end of an old link does not put a new one back to asking where the logs part")
    func lateEnd() throws {
        let played = PlayedReplica()
        try played.lead()
        func state() -> Progress.State? { played.replica.followerProgress.first { $0.id == "b" }?.state }
        #expect(state() == .replicate)

        played.pass(milliseconds: 100)
        let beat = try #require(played.takeDepartures().appendEntries(to: "b").last)
        let response = AppendEntriesResponse(
            result: .matched(beat.prevLogID), readRound: beat.readRound, sequence: beat.sequence)
        played.replica.peerUnreachable("b")
        played.replica.linkOpened(to: "b")
        try played.receive(
            .raft(
                Message(
                    from: "b", to: "a", term: played.replica.currentTerm, body: .appendEntriesResponse(response)),
                entries: []), from: "b")
        played.turn()

        #expect(state() == .replicate)
    }

    @Test("A burst that went to the leader on a new link does not end with the old one")
    func forwardedOnNewLink() throws {
        let played = PlayedReplica()
        try played.follow()
        played.submitPuts(1)
        played.turn()
        _ = played.takeDepartures()

        played.replica.peerUnreachable("b")
        played.replica.linkOpened(to: "b")
        played.submitPuts(1)
        played.turn()

        let departures = played.takeDepartures()
        #expect(departures.answers.map(\.tag.request) == [1])
        #expect(departures.answers.map(\.outcome) == [.failed(.unknownOutcome)])
        #expect(departures.messages(to: "b").count == 1)
        #expect(played.admission.waitingCommands == 1)
    }

    @Test("A control request that is made between the two leaves on the new link and is answered there")
    func controlRequest() throws {
        let played = PlayedReplica()
        try played.follow()
        var answers: [ControlReply] = []

        played.replica.peerUnreachable("b")
        played.replica.linkOpened(to: "b")
        played.replica.askLeader(ByteBuffer(string: "join")) { answers.append($0) }
        played.turn()
        guard case .controlRequest(let id, _) = try #require(played.takeDepartures().messages(to: "b").last) else {
            Issue.record("the request did not leave")
            return
        }
        #expect(answers.isEmpty)
        try played.receive(.controlAnswer(id: id, payload: ByteBuffer(string: "joined")), from: "b")
        played.turn()

        #expect(answers == [.answer(ByteBuffer(string: "joined"))])
    }
}
