import RaftCore
import Testing

@testable import HotPath

@Suite("Heartbeats of a leader whose disk does not answer")
struct CatchUpHeartbeatTests {
    /// The leader of term 2 has the entries 2 to 50 on disk only; the follower `b` matches up to 10, and the read of
    /// what follows hangs.
    private func makeLeader() throws -> PlayedReplica {
        var settings = ReplicaSettings()
        settings.entryRingBytesKept = 0
        settings.entryRingBytesMax = 0
        let played = PlayedReplica(entryCount: 50, settings: settings)
        played.silent = ["b"]
        try played.lead()
        let term = played.replica.currentTerm
        try answer(.conflict(rejected: .of(50), hint: .of(10)), of: term, to: played)
        played.turn()
        // The probe that follows waits for the disk; the answer to a heartbeat that passes it brings the follower into
        // step.
        #expect(played.ports.logReads.map(\.range) == [LogRange.of(11...51)])
        try answer(.matched(.of(10)), of: term, to: played)
        played.turn()
        #expect(progress(of: "b", at: played)?.state == .replicate)
        #expect(progress(of: "b", at: played)?.matchIndex == LogIndex(10))
        _ = played.takeDepartures()
        return played
    }

    private func progress(of peer: NodeID, at played: PlayedReplica) -> FollowerProgress? {
        played.replica.followerProgress.first { $0.id == peer }
    }

    /// An answer of `b`, or of another follower, to the latest request.
    private func answer(
        _ result: AppendEntriesResponse.Result, of term: Term, to played: PlayedReplica, sequence: UInt64 = 0,
        from peer: NodeID = "b"
    ) throws {
        let latest = sequence == 0 ? played.ports.sequences[peer] ?? 0 : sequence
        let response = AppendEntriesResponse(result: result, readRound: 0, sequence: latest)
        try played.receive(
            .raft(Message(from: peer, to: "a", term: term, body: .appendEntriesResponse(response)), entries: []),
            from: peer)
    }

    @Test("They reach the follower, name only what it is known to hold, and keep the leader in office")
    func heartbeatsPass() throws {
        let played = try makeLeader()
        let term = played.replica.currentTerm

        var beats = 0
        for _ in 0..<30 {
            played.pass(milliseconds: 100)
            for request in played.takeDepartures().appendEntries(to: "b") {
                beats += 1
                #expect(request.range.isEmpty, "entries overtook those that the disk is read for")
                #expect(request.prevLogID == .of(10), "a heartbeat names what the follower has not been sent")
                try answer(.matched(.of(10)), of: term, to: played, sequence: request.sequence)
            }
            played.turn()
        }

        #expect(beats >= 29)
        #expect(played.replica.role == .leader)
        #expect(played.replica.currentTerm == term)
        #expect(progress(of: "b", at: played)?.state == .replicate)
    }

    @Test(
        "A leader whose log hangs as well gives way to the other follower, which shows that its own disk works",
        arguments: [true, false])
    func logHangsToo(otherWrites: Bool) throws {
        let played = try makeLeader()
        let term = played.replica.currentTerm
        played.submitPuts(1)
        played.turn()

        for _ in 0..<30 where played.replica.role == .leader {
            played.pass(milliseconds: 100)
            let departures = played.takeDepartures()
            for request in departures.appendEntries(to: "b") {
                try answer(.matched(.of(10)), of: term, to: played, sequence: request.sequence)
            }
            for request in departures.appendEntries(to: "c") {
                let hasEntries = otherWrites && !request.range.isEmpty
                let last = hasEntries ? LogID(index: request.range.upper.previous, term: term) : .of(50)
                try answer(.matched(last), of: term, to: played, sequence: request.sequence, from: "c")
            }
            played.turn()
        }

        #expect(played.replica.role == (otherWrites ? .follower : .leader))
    }

    @Test("What waited for the disk is sent in order once that answers, whatever passed it")
    func entriesFollow() throws {
        let played = try makeLeader()
        let term = played.replica.currentTerm
        played.pass(milliseconds: 200)
        _ = played.takeDepartures()

        for read in played.ports.logReads {
            let first = read.range.lower.rawValue
            let entries = (first..<read.range.upper.rawValue).map { index in
                Entry.blank(index, term: index > 50 ? term.rawValue : 1)
            }
            played.answerLogRead(with: entries)
        }
        played.turn()

        let sent = played.takeDepartures().appendEntries(to: "b")
        #expect(sent.first?.prevLogID == .of(10))
        #expect(sent.last?.range.upper == LogIndex(52))
        for (earlier, later) in zip(sent, sent.dropFirst()) where !later.range.isEmpty {
            #expect(later.prevLogID.index.rawValue <= earlier.range.upper.rawValue)
        }
    }

    @Test("They reach the follower also in a turn that sends entries, one per turn, and keep the leader in office")
    func heartbeatsPassNewEntries() throws {
        let played = try makeLeader()
        let term = played.replica.currentTerm

        for _ in 0..<40 {
            played.submitPuts(3)
            played.ports.now = played.ports.now.advanced(byNanoseconds: 100_000_000)
            played.turn()
            let sent = played.takeDepartures().appendEntries(to: "b")
            #expect(sent.map(\.range.isEmpty) == [true], "nothing passed, too much, or entries did")
            for request in sent {
                #expect(request.prevLogID == .of(10), "a heartbeat names what the follower has not been sent")
                try answer(.matched(.of(10)), of: term, to: played, sequence: request.sequence)
            }
            played.flushLog()
            played.turn()
            _ = played.takeDepartures()
        }

        #expect(played.replica.role == .leader)
        #expect(played.replica.currentTerm == term)
        #expect(progress(of: "b", at: played)?.state == .replicate)
        #expect(progress(of: "b", at: played)?.matchIndex == LogIndex(10))
    }

    @Test("A turn that sends entries in several requests lets one request pass them")
    func oneBeatPerTurn() throws {
        let played = try makeLeader()
        // No two fit into one message.
        played.submitPuts(3, valueBytes: RaftSettings().messageBytesMax * 3 / 4)
        played.turn()

        #expect(played.takeDepartures().appendEntries(to: "b").map(\.range.isEmpty) == [true])
    }

    @Test("A ReadIndex round reaches the follower also in a turn that sends entries")
    func readsPassNewEntries() throws {
        let played = try makeLeader()
        let term = played.replica.currentTerm
        played.submitPuts(1)
        played.submitReads(1)
        played.turn()

        let sent = played.takeDepartures().appendEntries(to: "b")
        let round = try #require(sent.first)
        #expect(sent.count == 1)
        #expect(round.range.isEmpty)
        let response = AppendEntriesResponse(
            result: .matched(.of(10)), readRound: round.readRound, sequence: round.sequence)
        try played.receive(
            .raft(Message(from: "b", to: "a", term: term, body: .appendEntriesResponse(response)), entries: []),
            from: "b")
        played.turn()

        #expect(played.takeDepartures().answers.map(\.outcome) == [.readable])
    }

    @Test("A ReadIndex round reaches the follower too")
    func reads() throws {
        let played = try makeLeader()
        played.submitReads(1)
        played.turn()

        let round = try #require(played.takeDepartures().appendEntries(to: "b").last)
        let response = AppendEntriesResponse(
            result: .matched(.of(10)), readRound: round.readRound, sequence: round.sequence)
        try played.receive(
            .raft(
                Message(
                    from: "b", to: "a", term: played.replica.currentTerm, body: .appendEntriesResponse(response)),
                entries: []), from: "b")
        played.turn()

        #expect(played.takeDepartures().answers.map(\.outcome) == [.readable])
    }
}
