import KeyValue
import NIOCore
import RaftCore
import Testing

@testable import HotPath

@Suite("Every wait ends")
struct WaitTests {
    private var withoutCheckQuorum: RaftSettings {
        var settings = RaftSettings()
        settings.checkQuorum = false
        return settings
    }

    /// How often the leader was asked for an index.
    private func questions(in departures: [PlayedPorts.Departure]) -> Int {
        departures.messages(to: "b").count { if case .readIndexRequest = $0 { true } else { false } }
    }

    /// Time passes in which the leader `b` is heard from and answers nothing else.
    private func pass(_ milliseconds: UInt64, with played: PlayedReplica, sequence: inout UInt64) throws {
        for _ in 0..<(milliseconds / 100) {
            sequence += 1
            try played.receiveEntries([], after: .of(1), commit: 1, sequence: sequence)
            played.pass(milliseconds: 100)
        }
    }

    @Test("Writes that a linked leader never answers end as unknown, and their room is given back")
    func forwardedWrites() throws {
        let played = PlayedReplica()
        try played.follow()
        var sequence: UInt64 = 1
        played.submitPuts(3)
        played.turn()

        try pass(5_900, with: played, sequence: &sequence)
        #expect(played.takeDepartures().answers.isEmpty)
        #expect(played.admission.waitingCommands == 3)
        try pass(200, with: played, sequence: &sequence)

        #expect(played.replica.leaderID == "b")
        let answers = played.takeDepartures().answers
        #expect(answers.map(\.tag.request) == [1, 2, 3])
        #expect(answers.allSatisfy { $0.outcome == .failed(.unknownOutcome) })
        #expect(played.admission.waitingCommands == 0)
        #expect(played.admission.waitingBytes == 0)
    }

    @Test("Reads that a linked leader never answers are asked for again, and end when writes without a leader would")
    func unansweredReads() throws {
        let played = PlayedReplica()
        try played.follow()
        var sequence: UInt64 = 1
        played.submitReads(2)
        played.turn()

        try pass(2_900, with: played, sequence: &sequence)
        let before = played.takeDepartures()
        #expect(before.answers.isEmpty)
        #expect(questions(in: before) >= 4)
        // The last question may be under way; it is not asked once more.
        try pass(800, with: played, sequence: &sequence)

        let after = played.takeDepartures()
        #expect(after.answers.map(\.outcome) == [.failed(.noLeader), .failed(.noLeader)])
        #expect(played.admission.waitingCommands == 0)
        try pass(1_000, with: played, sequence: &sequence)
        #expect(questions(in: played.takeDepartures()) == 0)
    }

    @Test("Reads whose index a state machine does not reach end in time")
    func unappliedReads() throws {
        let played = PlayedReplica()
        try played.follow()
        var sequence: UInt64 = 1
        played.submitReads(1)
        played.turn()
        guard case .readIndexRequest(let id) = try #require(played.takeDepartures().messages(to: "b").last) else {
            Issue.record("no index was asked for")
            return
        }
        try played.receive(.readIndexAnswer(id: id, index: LogIndex(99)), from: "b")
        played.turn()

        try pass(6_100, with: played, sequence: &sequence)

        #expect(played.takeDepartures().answers.map(\.outcome) == [.failed(.noLeader)])
        #expect(played.admission.waitingCommands == 0)
    }

    @Test("A leader without a majority keeps nobody waiting: users, followers and the control plane get an answer")
    func noMajority() throws {
        let played = PlayedReplica(raftSettings: withoutCheckQuorum)
        try played.lead()
        played.silent = ["b", "c"]
        var confirmed: [Replica.ConfirmedConfiguration] = []
        var changed: [Replica.ConfigurationResult] = []
        var isIdle: [Bool] = []
        played.submitReads(1)
        try played.receive(.readIndexRequest(id: 9), from: "b")
        played.replica.confirmConfiguration(timeoutMilliseconds: 2_000) { confirmed.append($0) }
        played.replica.changeConfiguration(.remove("c"), timeoutMilliseconds: 3_000) { changed.append($0) }
        played.replica.whenIdle(timeoutMilliseconds: 4_000) { isIdle.append($0) }
        played.turn()
        // Its own disk works.
        try played.flushLog()
        played.turn()

        played.pass(milliseconds: 1_900)
        #expect(confirmed.isEmpty)
        #expect(changed.isEmpty)
        #expect(isIdle.isEmpty)
        played.pass(milliseconds: 200)
        #expect(confirmed.count == 1)
        played.pass(milliseconds: 1_000)
        #expect(changed == [.unknown])
        played.pass(milliseconds: 1_000)
        #expect(isIdle == [false])
        played.pass(milliseconds: 2_000)

        #expect(played.replica.role == .leader)
        let departures = played.takeDepartures()
        #expect(departures.answers.map(\.outcome) == [.failed(.noLeader)])
        #expect(played.admission.waitingCommands == 0)
        let refused = departures.messages(to: "b").contains {
            if case .readIndexAnswer(let id, let index) = $0 { id == 9 && index == nil } else { false }
        }
        #expect(refused, "the follower was left waiting")
    }

    @Test("A control request that the leader never answers ends at its deadline")
    func controlRequest() throws {
        let played = PlayedReplica()
        try played.follow()
        var sequence: UInt64 = 1
        var answers: [ControlReply] = []
        played.replica.askLeader(ByteBuffer(string: "join"), timeoutMilliseconds: 1_000) { answers.append($0) }
        played.turn()

        try pass(900, with: played, sequence: &sequence)
        #expect(answers.isEmpty)
        try pass(200, with: played, sequence: &sequence)

        #expect(answers == [.lost])
    }

    @Test("A control request without a leader ends in the next turn, and says that it was never sent")
    func controlRequestWithoutLeader() throws {
        let played = PlayedReplica()
        var answers: [ControlReply] = []
        played.replica.askLeader(ByteBuffer(string: "join")) { answers.append($0) }
        #expect(answers.isEmpty)

        played.turn()

        #expect(played.replica.leaderID == nil)
        #expect(answers == [.notSent])
    }

    @Test("The leader's own control request is sent to nobody")
    func controlRequestOfLeader() throws {
        let played = PlayedReplica()
        try played.lead()
        var answers: [ControlReply] = []
        played.replica.askLeader(ByteBuffer(string: "remove")) { answers.append($0) }

        played.turn()

        #expect(answers == [.notSent])
    }

    @Test("A control request that was sent is lost with its link")
    func controlRequestAndLink() throws {
        let played = PlayedReplica()
        try played.follow()
        var answers: [ControlReply] = []
        played.replica.askLeader(ByteBuffer(string: "join")) { answers.append($0) }
        played.turn()

        played.replica.peerUnreachable("b")
        played.turn()

        #expect(answers == [.lost])
    }

    @Test("A frozen replica sends no control request, and one that is never sent ends as such")
    func controlRequestWhileFrozen() throws {
        let played = PlayedReplica()
        try played.follow()
        played.replica.freeze()
        var answers: [ControlReply] = []
        played.replica.askLeader(ByteBuffer(string: "join"), timeoutMilliseconds: 1_000) { answers.append($0) }
        played.turn()
        #expect(answers.isEmpty)

        played.pass(milliseconds: 1_100)

        #expect(answers == [.notSent])
    }
}
