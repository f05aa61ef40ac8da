internal import RaftCore
internal import Testing

@Suite("Messages that no correct server sends are refused before they are stepped")
struct MessageRefusalTests {
    static let limit = UInt64.max / 2

    /// Why node a refuses a message from b.
    private func refusal(_ body: Message.Body, term: UInt64 = 5, from: NodeID = "b", to: NodeID = "a")
        -> MessageRefusal?
    {
        let node = SimulatedNode(log: [1, 1], term: 3)
        return node.raft.refusal(of: Message(from: from, to: to, term: Term(term), body: body))
    }

    private func request(
        after previous: LogID = .at(2, 1), _ range: (UInt64, UInt64), terms: [UInt64]
    ) -> Message.Body {
        .appendEntriesRequest(
            AppendEntriesRequest(
                prevLogID: previous, range: LogRange(LogIndex(range.0), LogIndex(range.1)),
                runs: EntryRun.runs(ofTerms: terms), leaderCommit: .zero, readRound: 0, sequence: 1))
    }

    @Test("A message of a correct server is not refused, however old or unexpected", arguments: TermTests.bodies)
    func correct(body: Message.Body) {
        for term in [UInt64(1), 3, 9, Self.limit - 1] { #expect(refusal(body, term: term) == nil) }
    }

    @Test("A message for another server, or from the receiver itself")
    func misdirected() {
        #expect(refusal(.append(), to: "c") == .otherReceiver("c"))
        #expect(refusal(.append(), from: "a") == .ownMessage)
    }

    @Test("A term that no cluster reaches, wherever it stands")
    func terms() {
        let limit = Term(Self.limit)
        let id = LogID.at(2, Self.limit)
        let bodies: [Message.Body] = [
            .requestVote(last: id), .vote(term: Self.limit, granted: true), request(after: id, (3, 3), terms: []),
            .appendEntriesResponse(AppendEntriesResponse(result: .matched(id), readRound: 0, sequence: 0)),
            .appendEntriesResponse(
                AppendEntriesResponse(result: .conflict(rejected: .zero, hint: id), readRound: 0, sequence: 0)),
            .installSnapshotRequest(InstallSnapshotRequest(lastIncluded: id, configuration: Configuration())),
            .installSnapshotResponse(InstallSnapshotResponse(lastIncluded: id, installed: true)),
            .timeoutNow(TimeoutNow(lastLogID: id)),
        ]

        for body in bodies { #expect(refusal(body) == .termOutOfRange(limit), "\(body)") }
        #expect(refusal(.append(), term: Self.limit) == .termOutOfRange(limit))
        #expect(refusal(.append(), term: .max) == .termOutOfRange(Term(.max)))
    }

    @Test("An index that no log reaches, wherever it stands")
    func indexes() {
        let limit = LogIndex(Self.limit)
        let id = LogID.at(Self.limit, 1)
        let bodies: [Message.Body] = [
            .requestVote(last: id), request(after: id, (Self.limit + 1, Self.limit + 1), terms: []),
            .appendEntriesResponse(AppendEntriesResponse(result: .matched(id), readRound: 0, sequence: 0)),
            .appendEntriesResponse(
                AppendEntriesResponse(result: .conflict(rejected: id, hint: .zero), readRound: 0, sequence: 0)),
            .installSnapshotRequest(InstallSnapshotRequest(lastIncluded: id, configuration: Configuration())),
            .installSnapshotResponse(InstallSnapshotResponse(lastIncluded: id, installed: true)),
            .timeoutNow(TimeoutNow(lastLogID: id)),
        ]

        for body in bodies { #expect(refusal(body) == .indexOutOfRange(limit), "\(body)") }
        #expect(refusal(request((3, .max), terms: [1])) == .indexOutOfRange(LogIndex(.max)))
    }

    @Test("Entries that do not follow the entry before them")
    func place() {
        let range = LogRange(LogIndex(4), LogIndex(5))
        #expect(refusal(request((4, 5), terms: [1])) == .rangeOutOfPlace(range, after: .at(2, 1)))
        let heartbeat = LogRange(LogIndex(0), LogIndex(0))
        #expect(refusal(request((0, 0), terms: [])) == .rangeOutOfPlace(heartbeat, after: .at(2, 1)))
    }

    @Test("More or fewer entries than the range has")
    func count() {
        let range = LogRange(LogIndex(3), LogIndex(5))
        #expect(refusal(request((3, 5), terms: [1])) == .entryCount(1, of: range))
        #expect(refusal(request((3, 5), terms: [1, 1, 2])) == .entryCount(3, of: range))
    }

    @Test("Terms that fall, that are none, or that the sender cannot know")
    func entryTerms() {
        #expect(refusal(request((3, 5), terms: [2, 1])) == .fallingTerm(Term(1), after: Term(2)))
        #expect(refusal(request(after: .at(2, 2), (3, 4), terms: [1])) == .fallingTerm(Term(1), after: Term(2)))
        #expect(refusal(request(after: .zero, (1, 2), terms: [0])) == .entryWithoutTerm)
        #expect(refusal(request((3, 4), terms: [6])) == .entryOfLaterTerm(Term(6), in: Term(5)))
    }

    @Test("A snapshot of a term after the sender's, or of the term before any election")
    func snapshot() {
        let impossible = InstallSnapshotRequest(lastIncluded: .at(9, 0), configuration: Configuration())
        #expect(refusal(.installSnapshotRequest(impossible)) == .entryWithoutTerm)
        let request = InstallSnapshotRequest(lastIncluded: .at(9, 6), configuration: Configuration())
        #expect(refusal(.installSnapshotRequest(request)) == .snapshotOfLaterTerm(.at(9, 6), in: Term(5)))
    }

    @Test("Every refusal says in words what is wrong")
    func words() {
        let refusals: [MessageRefusal] = [
            .otherReceiver("c"), .ownMessage, .termOutOfRange(Term(7)), .indexOutOfRange(LogIndex(7)),
            .rangeOutOfPlace(LogRange(LogIndex(7), LogIndex(8)), after: .at(7, 1)),
            .entryCount(7, of: LogRange(LogIndex(1), LogIndex(2))), .fallingTerm(Term(1), after: Term(7)),
            .entryWithoutTerm, .entryOfLaterTerm(Term(7), in: Term(1)), .snapshotOfLaterTerm(.at(1, 7), in: Term(1)),
        ]

        let sentences = Set(refusals.map(\.description))

        #expect(sentences.count == refusals.count)
        #expect(sentences.allSatisfy { $0.split(separator: " ").count > 5 })
    }

    @Test("A core at which a message for another server is stepped all the same stops")
    func assertion() async {
        await #expect(processExitsWith: .failure) {
            var raft = Raft(
                id: "a", settings: RaftSettings(), recovered: Raft.Recovered(), seed: 1, now: Instant(nanoseconds: 0))
            var effects = Effects()
            let message = Message(from: "b", to: "c", term: Term(1), body: .timeoutNow(TimeoutNow(lastLogID: .zero)))
            raft.step(.receive(message), now: Instant(nanoseconds: 1), into: &effects)
        }
    }
}
