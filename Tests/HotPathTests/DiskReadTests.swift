import RaftCore
import Testing

@testable import HotPath

@Suite("A leader that reads old entries for a follower")
struct DiskReadTests {
    /// The leader of term 2 has the entries 2 to 50 on disk only; the follower `b` matches up to 10, and the read of
    /// what follows hangs.
    private func makeLeader(messageEntriesMax: Int = 256) throws -> PlayedReplica {
        var raftSettings = RaftSettings()
        raftSettings.messageEntriesMax = messageEntriesMax
        var settings = ReplicaSettings()
        settings.entryRingBytesKept = 0
        settings.entryRingBytesMax = 0
        let played = PlayedReplica(entryCount: 50, raftSettings: raftSettings, settings: settings)
        played.silent = ["b"]
        try played.lead()
        let term = played.replica.currentTerm
        try answer(.conflict(rejected: .of(50), hint: .of(10)), of: term, to: played)
        played.turn()
        // Where the logs part is found out without the disk.
        #expect(played.ports.logReads.isEmpty)
        try answer(.matched(.of(10)), of: term, to: played)
        played.turn()
        let end = min(51, 10 + UInt64(messageEntriesMax))
        #expect(played.ports.logReads.map(\.range) == [LogRange.of(11...end)])
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

    /// The entries of `range`, as the disk has them.
    private func entries(_ range: LogRange, at played: PlayedReplica) -> [Entry] {
        (range.lower.rawValue..<range.upper.rawValue).map { index in
            Entry.blank(index, term: index > 50 ? played.replica.currentTerm.rawValue : 1)
        }
    }

    @Test("Reads follow one another, and are sent in order whatever passed them, and then what is in memory")
    func entriesFollow() throws {
        let played = try makeLeader(messageEntriesMax: 10)
        played.submitPuts(1)
        played.pass(milliseconds: 200)
        _ = played.takeDepartures()

        var sent: [Entry] = []
        while let range = played.ports.logReads.first?.range {
            #expect(played.ports.logReads.count == 1, "more is read than one message takes")
            played.answerLogRead(with: entries(range, at: played))
            played.turn()
            let departures = played.takeDepartures()
            for case .raft(_, let entries) in departures.messages(to: "b") {
                #expect(entries.count <= 10)
                sent += entries
            }
            #expect(departures.appendEntries(to: "b").first?.range == range)
        }

        #expect(sent.map(\.id.index.rawValue) == Array(11...52))
        #expect(played.replica.firstIndexInMemory == LogIndex(52))
    }

    @Test("A link that ends while the disk is read costs the follower nothing but the time")
    func linkEnds() throws {
        let played = try makeLeader()
        let term = played.replica.currentTerm
        let range = played.ports.logReads[0].range
        played.replica.peerUnreachable("b")
        played.turn()
        played.replica.linkOpened(to: "b")
        played.pass(milliseconds: 100)
        let heartbeat = try #require(played.takeDepartures().appendEntries(to: "b").last)
        #expect(heartbeat.range.isEmpty && heartbeat.prevLogID == .of(10))

        try answer(.matched(.of(10)), of: term, to: played, sequence: heartbeat.sequence)
        played.turn()
        #expect(played.ports.logReads.map(\.range) == [range, range])
        for _ in 0..<2 { played.answerLogRead(with: entries(range, at: played)) }
        played.turn()

        #expect(played.takeDepartures().appendEntries(to: "b").map(\.range) == [range])
    }

    @Test("Entries that were read for a leader that leads no more are not sent", arguments: [true, false])
    func deposed(inTheSameTurn: Bool) throws {
        let played = try makeLeader()
        let term = played.replica.currentTerm
        let range = played.ports.logReads[0].range
        let read = entries(range, at: played)
        if inTheSameTurn { played.answerLogRead(with: read) }
        try played.receiveEntries([], after: .of(51, term: term.rawValue), commit: 51, sequence: 1, from: "c", term: 9)
        played.turn()
        if !inTheSameTurn { played.answerLogRead(with: read) }
        played.turn()

        #expect(played.replica.role == .follower)
        #expect(played.takeDepartures().appendEntries(to: "b").isEmpty)
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
            try played.flushLog()
            played.turn()
            _ = played.takeDepartures()
        }

        #expect(played.replica.role == .leader)
        #expect(played.replica.currentTerm == term)
        #expect(progress(of: "b", at: played)?.state == .replicate)
        #expect(progress(of: "b", at: played)?.matchIndex == LogIndex(10))
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
