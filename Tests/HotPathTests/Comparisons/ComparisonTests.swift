import KeyValue
import NIOCore
import RaftCore
import Testing

@testable import HotPath

@Suite("A replica that compares its data with those of others")
struct ComparisonTests {
    private static let interval: UInt64 = 1_000

    private func replica(level: UInt8 = FeatureLevel.comparisons) throws -> PlayedReplica {
        var settings = ReplicaSettings()
        settings.comparisonIntervalNanoseconds = Self.interval * 1_000_000
        settings.comparisonWaitNanoseconds = 3_000_000_000
        return PlayedReplica(settings: settings, featureLevel: level)
    }

    private func digest(at id: LogID, hash: UInt64) -> StateDigest {
        StateDigest(applied: id, revision: 0, keyCount: 0, hash: hash)
    }

    /// Lets time pass, in which the others answer, until something is true.
    private func pass(_ played: PlayedReplica, until condition: () -> Bool) throws {
        for _ in 0..<1_000 where !condition() {
            played.pass(milliseconds: 10)
            try played.obey()
        }
        #expect(condition())
    }

    /// Has the leader propose a comparison of all keys, and apply it. Returns its id.
    private func compare(_ played: PlayedReplica) throws -> LogID {
        try pass(played) { !played.comparer.searches.isEmpty }
        played.comparer.searches.removeAll()
        played.report(.range(.all))
        try played.obey()
        try played.applyAll()
        played.turn()
        return try #require(played.comparer.compared.last).id
    }

    /// The verdict in the log, if the last entry is one.
    private func lastVerdict(_ played: PlayedReplica, _ departures: [PlayedPorts.Departure]) throws -> Verdict? {
        for case .logJob(let job) in departures {
            for entry in job.entries where entry.kind == .verdict { return try Verdict(payload: entry.payload) }
        }
        return nil
    }

    @Test("A leader proposes a comparison at each interval, with the feature level that it needs")
    func proposal() throws {
        let played = try replica()
        try played.lead()

        let first = try compare(played)
        played.report(.digest(digest(at: first, hash: 1), at: first))
        for peer: NodeID in ["b", "c"] {
            try played.receive(.comparisonAnswer(id: first, digest: digest(at: first, hash: 1)), from: peer)
        }
        let departures = try played.obey()

        #expect(try lastVerdict(played, departures) == nil)
        let second = try compare(played)
        #expect(second.index > first.index)
        #expect(played.board.current.lastAgreedIndex == first.index)
        #expect(played.board.current.alarms == [])
    }

    @Test("Below the level of comparisons nothing is compared")
    func level() throws {
        let played = try replica(level: FeatureLevel.first)
        try played.lead()

        for _ in 0..<30 {
            played.pass(milliseconds: Self.interval / 10)
            try played.obey()
        }

        #expect(played.comparer.searches.isEmpty)
    }

    @Test("A member whose data differ is named in the log")
    func oddMember() throws {
        let played = try replica()
        try played.lead()
        let id = try compare(played)

        played.report(.digest(digest(at: id, hash: 1), at: id))
        try played.receive(.comparisonAnswer(id: id, digest: digest(at: id, hash: 2)), from: "b")
        try played.receive(.comparisonAnswer(id: id, digest: digest(at: id, hash: 1)), from: "c")
        let verdict = try #require(try lastVerdict(played, try played.obey()))

        #expect(verdict.isDecided)
        #expect(verdict.comparedAt == id.index)
        #expect(verdict.suspects == [Verdict.Suspect(id: "b", instance: nil)])
    }

    @Test("An answer of another state, of another comparison or of a second time is not one")
    func strayAnswers() throws {
        let played = try replica()
        try played.lead()
        let id = try compare(played)
        let other = LogID(index: id.index.next, term: id.term)

        played.report(.digest(digest(at: id, hash: 1), at: id))
        try played.receive(.comparisonAnswer(id: other, digest: digest(at: other, hash: 2)), from: "b")
        try played.receive(.comparisonAnswer(id: id, digest: digest(at: id, hash: 1)), from: "b")
        try played.receive(.comparisonAnswer(id: id, digest: digest(at: id, hash: 2)), from: "b")
        try played.receive(.comparisonAnswer(id: id, digest: nil), from: "c")

        #expect(try lastVerdict(played, try played.obey()) == nil)
        #expect(played.board.current.lastAgreedIndex == id.index)
    }

    @Test("A follower sends its digest to the leader of the term, and no other")
    func follower() throws {
        let played = try replica()
        try played.follow()
        let term = played.replica.currentTerm
        let id = LogID(index: LogIndex(2), term: term)
        let old = LogID(index: LogIndex(2), term: Term(1))

        played.report(.digest(digest(at: old, hash: 1), at: old))
        played.report(.digest(digest(at: id, hash: 1), at: id))
        played.turn()
        let messages = played.takeDepartures().messages(to: "b")

        var answers: [LogID] = []
        for case .comparisonAnswer(let id, _) in messages { answers.append(id) }
        #expect(answers == [id])
    }

    @Test("The batch of a comparison ends at it")
    func batch() throws {
        let played = try replica()
        let entries = [
            Entry.blank(2),
            Entry(
                id: .of(3), kind: .comparison, commandCount: 0, payload: KeyRange.all.payload,
                featureLevel: FeatureLevel.comparisons),
            Entry.blank(4),
        ]

        try played.apply(entries)

        #expect(played.comparer.compared.map(\.id) == [.of(3)])
        #expect(played.stateMachine.batches == [[2, 3], [4]])
    }

    @Test("A leader that is named hands leadership over, serves nothing, and does not campaign")
    func oddLeader() throws {
        let played = try replica()
        try played.lead()
        let verdict = Verdict(
            comparedAt: played.replica.commitIndex, range: .all, isDecided: true,
            suspects: [Verdict.Suspect(id: "a", instance: nil)])

        played.report(verdicts: [verdict])
        played.submitPuts(1)
        let departures = try played.obey()

        #expect(departures.answers.map(\.outcome) == [.failed(.dataDiffer)])
        #expect(played.board.staleReads == .dataDiffer)
        #expect(played.board.current.condemning == verdict)
        let isHandedOver = ["b", "c"].contains { peer in
            departures.messages(to: peer).contains { message in
                guard case .raft(let raft, _) = message, case .timeoutNow = raft.body else { return false }
                return true
            }
        }
        #expect(isHandedOver)
        #expect(played.troubles == [.dataDiffer(verdict, isOwn: true)])

        try played.receiveEntries([], after: played.replica.lastLogID, commit: 1, sequence: 1, term: 9)
        for _ in 0..<500 { played.pass(milliseconds: 10) }
        #expect(played.replica.currentTerm == Term(9))
        #expect(played.replica.role == .follower)
    }

    @Test("A leader that is to hand over chooses no member whose data are wrong", arguments: ["b", "c"])
    func planned(odd: String) throws {
        let played = try replica()
        try played.lead()
        let verdict = Verdict(
            comparedAt: played.replica.commitIndex, range: .all, isDecided: true,
            suspects: [Verdict.Suspect(id: NodeID(odd), instance: nil)])
        played.report(verdicts: [verdict])
        try played.obey()

        played.replica.transferLeadership(to: nil)
        let departures = try played.obey()

        let targets = ["b", "c"].filter { peer in
            departures.messages(to: NodeID(peer)).contains { message in
                guard case .raft(let raft, _) = message, case .timeoutNow = raft.body else { return false }
                return true
            }
        }
        #expect(targets == [odd == "b" ? "c" : "b"])
    }

    @Test("A leader that cannot read its data says so once, hands leadership over, and serves what it can read")
    func unreadableData() throws {
        let played = try replica()
        try played.lead()
        let failure = StoreFailure(operation: "read", message: "Corruption: block checksum mismatch")
        func handOvers(_ departures: [PlayedPorts.Departure]) -> Int {
            ["b", "c"].reduce(0) { count, peer in
                count
                    + departures.messages(to: NodeID(peer)).count { message in
                        guard case .raft(let raft, _) = message, case .timeoutNow = raft.body else { return false }
                        return true
                    }
            }
        }

        played.report(.unreadable(failure))
        played.report(.unreadable(failure))
        #expect(handOvers(try played.obey()) > 0)
        #expect(played.troubles == [.unreadableData(failure)])
        #expect(played.board.current.unreadable == failure)
        #expect(played.board.staleReads == .served)

        // Nobody takes it over: the leader continues, and does not try without end.
        for _ in 0..<300 {
            played.pass(milliseconds: 10)
            try played.obey()
        }
        #expect(played.replica.role == .leader)
        var count = 0
        for _ in 0..<300 {
            played.pass(milliseconds: 10)
            count += handOvers(try played.obey())
        }
        #expect(count == 0)
    }

    @Test("A verdict on another member is an alarm, and nothing else changes")
    func alarm() throws {
        let played = try replica()
        try played.lead()
        let verdict = Verdict(
            comparedAt: played.replica.commitIndex, range: .all, isDecided: true,
            suspects: [Verdict.Suspect(id: "c", instance: nil)])

        played.report(verdicts: [verdict])
        try played.obey()

        #expect(played.board.current.alarms == [verdict])
        #expect(played.board.current.condemning == nil)
        #expect(played.board.staleReads == .served)
        #expect(played.troubles == [.dataDiffer(verdict, isOwn: false)])
    }

    @Test("All data are compared at once when somebody asks, and only by a leader")
    func whole() throws {
        let played = try replica()
        var outcomes: [WholeComparison] = []
        played.replica.compareWholeState(timeoutMilliseconds: 1_000) { outcomes.append($0) }
        #expect(outcomes.count == 1)
        if case .notLeader = outcomes[0] {} else { Issue.record("\(outcomes)") }

        try played.lead()
        played.replica.compareWholeState(timeoutMilliseconds: 1_000) { outcomes.append($0) }
        try played.obey()
        try played.applyAll()
        played.turn()
        let asked = try #require(played.comparer.compared.last)
        #expect(asked.range == .all)
        played.report(.digest(digest(at: asked.id, hash: 1), at: asked.id))
        try played.receive(.comparisonAnswer(id: asked.id, digest: digest(at: asked.id, hash: 1)), from: "b")
        try played.receive(.comparisonAnswer(id: asked.id, digest: nil), from: "c")
        try played.obey()

        guard case .compared(let id, let answers) = outcomes.last else {
            Issue.record("\(outcomes)")
            return
        }
        #expect(id == asked.id)
        #expect(answers.map(\.id) == ["a", "b", "c"])
        #expect(answers.map(\.digest?.hash) == [1, 1, nil])
    }
}
