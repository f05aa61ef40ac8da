import KeyValue
import NIOCore
import RaftCore
import Testing

@testable import HotPath

@Suite("The order in which a turn lets things leave")
struct TurnOrderTests {
    private enum Kind { case logJob, message, flush, answers }

    private func kinds(_ departures: [PlayedPorts.Departure]) -> [Kind] {
        departures.map {
            switch $0 {
            case .logJob: .logJob
            case .message: .message
            case .flush: .flush
            case .answers: .answers
            }
        }
    }

    private let applied = Outcome.written(CommandResult(status: .applied, existed: false, revision: 1))

    @Test("A follower's log job and messages leave before the outcomes that came from the leader are answered")
    func forwardedOutcomes() throws {
        let played = PlayedReplica()
        try played.follow()
        played.submitPuts(3)
        played.turn()
        let sent = try #require(played.takeDepartures().messages(to: "b").first)
        guard case .forwardedWrites(let id, 3, _) = sent else {
            Issue.record("the burst was not forwarded: \(sent)")
            return
        }

        // The outcomes arrive before the entries, in one read.
        try played.receive(.forwardedWritesAnswer(id: id, first: 0, outcomes: [applied, applied]), from: "b")
        try played.receive(.forwardedWritesAnswer(id: id, first: 2, outcomes: [applied]), from: "b")
        try played.receiveEntries([.blank(2, term: 2)], after: .of(1), commit: 1, sequence: 2)
        played.submitPuts(1)
        played.turn()

        let departures = played.takeDepartures()
        // The burst is queued before; nothing is on the wire before the flush.
        #expect(kinds(departures) == [.message, .logJob, .flush, .answers])
        #expect(departures.answers.map(\.tag.request) == [1, 2, 3])
        #expect(played.admission.waitingCommands == 1)
    }

    @Test("A leader's log job and entries leave before the reads that are ready are answered")
    func readyReads() throws {
        let played = PlayedReplica()
        try played.lead()
        played.submitReads(2)
        played.turn()
        let round = try #require(played.takeDepartures().appendEntries(to: "b").last)

        let response = AppendEntriesResponse(
            result: .matched(round.prevLogID), readRound: round.readRound, sequence: round.sequence)
        try played.receive(
            .raft(
                Message(
                    from: "b", to: "a", term: played.replica.currentTerm, body: .appendEntriesResponse(response)),
                entries: []), from: "b")
        played.submitPuts(1)
        played.turn()

        let departures = played.takeDepartures()
        #expect(kinds(departures) == [.logJob, .message, .message, .flush, .answers])
        #expect(departures.answers.map(\.outcome) == [.readable, .readable])
    }

    @Test("Writes whose outcome became unknown with leadership are answered after the messages")
    func lostLeadership() throws {
        let played = PlayedReplica()
        try played.lead()
        played.submitPuts(1)
        played.turn()
        _ = played.takeDepartures()

        let term = Term(played.replica.currentTerm.rawValue + 1)
        try played.receiveEntries(
            [], after: .of(1), commit: 1, sequence: 1, from: "c", term: term.rawValue)
        played.turn()

        let departures = played.takeDepartures()
        #expect(kinds(departures).suffix(2) == [.flush, .answers])
        #expect(departures.answers.map(\.outcome) == [.failed(.unknownOutcome)])
        #expect(played.admission.waitingCommands == 0)
    }

    @Test("One turn makes one batch per sink, in the order in which its answers were collected")
    func batches() {
        var answers = Answers(sinkCount: 2)
        answers.append(.user(1, sink: 1), .readable)
        answers.append(.user(2, sink: 0), .readable)
        answers.append(.user(3, sink: 1), .failed(.noLeader))

        #expect(answers.take(for: 1).map(\.tag.request) == [1, 3])
        #expect(answers.isEmpty(for: 1))
        #expect(!answers.isEmpty(for: 0))

        // A sink that is called may make new answers; storage that comes back must not hide them.
        answers.append(.user(4, sink: 1), .readable)
        answers.giveBack([], for: 1)
        #expect(answers.take(for: 1).map(\.tag.request) == [4])
    }
}
