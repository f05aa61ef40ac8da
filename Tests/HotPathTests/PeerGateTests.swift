import HotPath
import KeyValue
import NIOCore
import RaftCore
import Testing

@Suite("The gate: what a peer says is judged once, before anything is done with it")
struct PeerGateTests {
    private static let limit = UInt64.max / 2

    /// Why node b, in term 0, refuses a message that arrived from a.
    private func refusal(of message: PeerMessage) -> PeerRefusal? {
        let raft = Raft(
            id: "b", settings: RaftSettings(), recovered: Raft.Recovered(), seed: 1, now: Instant(nanoseconds: 0))
        return PeerGate.refusal(of: message, from: "a", at: raft)
    }

    private func raft(
        _ body: Message.Body, from: NodeID = "a", to: NodeID = "b", term: UInt64 = 7, entries: [Entry] = []
    ) -> PeerMessage {
        .raft(Message(from: from, to: to, term: Term(term), body: body), entries: entries)
    }

    private func entry(_ index: UInt64, _ term: UInt64 = 7) -> Entry {
        Entry(
            id: LogID(index: LogIndex(index), term: Term(term)), kind: .noop, commandCount: 0, payload: ByteBuffer())
    }

    /// A request for the entries after index 9, of term 6, as it looks when it is decoded.
    private func append(
        _ entries: [Entry], range: (UInt64, UInt64)? = nil, commit: UInt64 = 0, term: UInt64 = 7
    ) throws -> PeerMessage {
        let (lower, upper) = range ?? (10, 10 + UInt64(entries.count))
        var request = AppendEntriesRequest(
            prevLogID: LogID(index: LogIndex(9), term: Term(6)), range: LogRange(LogIndex(lower), LogIndex(upper)),
            leaderCommit: LogIndex(commit), readRound: 0, sequence: 1)
        try request.describe(entries)
        return raft(.appendEntriesRequest(request), term: term, entries: entries)
    }

    private var command: ByteBuffer {
        var buffer = ByteBuffer()
        let header = CommandHeader(kind: .put, keyBytes: 1, valueBytes: 0)
        buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: CommandView.headerBytes) { target in
            header.encode(into: target)
            return CommandView.headerBytes
        }
        buffer.writeString("k")
        return buffer
    }

    private let written = Outcome.written(CommandResult(status: .applied, existed: false, revision: 1))
    private let timeoutNow = Message.Body.timeoutNow(TimeoutNow(lastLogID: .zero))

    @Test("What correct peers send is let in")
    func letIn() throws {
        let messages = [
            try append([entry(10), entry(11)]), try append([], commit: 9), raft(timeoutNow),
            .forwardedWrites(id: 1, commandCount: 1, commands: command),
            .forwardedWritesAnswer(id: 1, first: 2, outcomes: [written, .failed(.noLeader)]),
            .forwardedWritesAnswer(id: 1, first: ReplicaLimits.forwardCommandsMax - 1, outcomes: [written]),
            .readIndexRequest(id: 1), .removed(index: LogIndex(4)), .readIndexAnswer(id: 1, index: LogIndex(4)),
            .readIndexAnswer(id: 1, index: nil),
            .controlRequest(id: 1, payload: ByteBuffer()), .controlAnswer(id: 1, payload: ByteBuffer()),
        ]

        for message in messages { #expect(refusal(of: message) == nil, "\(message)") }
    }

    // MARK: Refused, and the link closed

    @Test("Whatever the core refuses, by the core's own words")
    func core() throws {
        let decreasing = try #require(refusal(of: try append([entry(10, 7), entry(11, 6)])))
        #expect(decreasing == .core(.fallingTerm(Term(6), after: Term(7))))
        #expect(decreasing.description == MessageRefusal.fallingTerm(Term(6), after: Term(7)).description)
        #expect(refusal(of: try append([entry(10, 8)])) == .core(.entryOfLaterTerm(Term(8), in: Term(7))))
        #expect(refusal(of: raft(timeoutNow, term: Self.limit)) == .core(.termOutOfRange(Term(Self.limit))))
        #expect(decreasing.endsLink)
    }

    @Test("A commit index or a read index that no log reaches")
    func indexes() throws {
        let expected = PeerRefusal.core(.indexOutOfRange(LogIndex(Self.limit)))

        #expect(refusal(of: try append([], commit: Self.limit)) == expected)
        #expect(refusal(of: .readIndexAnswer(id: 1, index: LogIndex(Self.limit))) == expected)
        #expect(refusal(of: .removed(index: LogIndex(Self.limit))) == expected)
        #expect(expected.endsLink)
    }

    @Test("Entries that are not those of the range, although their description is")
    func entries() throws {
        guard case .raft(let message, let entries) = try append([entry(10), entry(11)]) else { return }
        let range = LogRange(LogIndex(10), LogIndex(12))
        let missing = refusal(of: .raft(message, entries: [entries[0]]))
        let swapped = refusal(of: .raft(message, entries: [entries[1], entries[0]]))

        #expect(missing == .entryCount(1, of: range))
        #expect(swapped == .entryOutOfPlace(entries[1].id, at: LogIndex(10)))
        #expect(missing?.endsLink == true && swapped?.endsLink == true)
        #expect(refusal(of: try append([entry(10), entry(12)])) == .entryOutOfPlace(entry(12).id, at: LogIndex(11)))
        #expect(refusal(of: try append([entry(10)], range: (11, 12)))?.endsLink == true)
    }

    @Test("Entries with a message that takes none")
    func strayEntries() {
        let stray = refusal(of: raft(timeoutNow, entries: [entry(1)]))

        #expect(stray == .strayEntries(1))
        #expect(stray?.endsLink == true)
    }

    @Test("Forwarded writes that are no commands, or more or fewer than stated")
    func commands() {
        var two = command
        two.writeImmutableBuffer(command)
        var damaged = command
        damaged.setInteger(UInt8(9), at: damaged.readerIndex + 7)
        var cut = command
        cut.moveWriterIndex(to: cut.writerIndex - 1)
        let messages: [PeerMessage] = [
            .forwardedWrites(id: 1, commandCount: 1, commands: two),
            .forwardedWrites(id: 1, commandCount: 3, commands: two),
            .forwardedWrites(id: 1, commandCount: 0, commands: ByteBuffer()),
            .forwardedWrites(id: 1, commandCount: ReplicaLimits.forwardCommandsMax + 1, commands: two),
            .forwardedWrites(id: 1, commandCount: 1, commands: damaged),
            .forwardedWrites(id: 1, commandCount: 1, commands: cut),
        ]

        for message in messages {
            guard case .commands = refusal(of: message) else {
                Issue.record("\(message) was let in")
                continue
            }
            #expect(refusal(of: message)?.endsLink == true)
        }
    }

    /// A node that took a read for the result of its user's write would stop.
    @Test("A forwarded write that is answered as a read")
    func outcomeOfRead() {
        let message = PeerMessage.forwardedWritesAnswer(id: 1, first: 0, outcomes: [written, .readable])

        #expect(refusal(of: message) == .outcomeOfRead)
        #expect(refusal(of: message)?.endsLink == true)
    }

    @Test("Outcomes of more commands than the largest burst has")
    func outcomes() {
        let count = ReplicaLimits.forwardCommandsMax
        for (first, outcomes) in [
            (count, [written]), (-1, [written]), (.max, [written, written]),
        ] as [(Int, [Outcome])] {
            let refusal = refusal(of: .forwardedWritesAnswer(id: 1, first: first, outcomes: outcomes))
            #expect(refusal == .outcomesOutOfRange(first: first, count: outcomes.count))
            #expect(refusal?.endsLink == true)
        }
    }

    // MARK: Dropped, and the link kept

    @Test("A message that another node has sent, or that is for another")
    func misdirected() {
        let other = refusal(of: raft(timeoutNow, from: "c"))

        #expect(other == .otherSender("c"))
        #expect(refusal(of: raft(timeoutNow, to: "c")) == .core(.otherReceiver("c")))
        #expect(other?.endsLink == false)
    }

    @Test("A term so far ahead that no elections would be left")
    func termAhead() throws {
        let most = ReplicaLimits.termAheadMax

        #expect(refusal(of: raft(timeoutNow, term: most)) == nil)
        let refused = refusal(of: raft(timeoutNow, term: most + 1))
        #expect(refused == .termTooFarAhead(Term(most + 1), of: .zero))
        #expect(refused?.endsLink == false)
    }

    @Test("Snapshots of a cluster that cannot be, and of one that this node does not understand")
    func snapshots() {
        let id = LogID(index: LogIndex(9), term: Term(6))
        func announcement(_ configuration: Configuration) -> PeerMessage {
            raft(.installSnapshotRequest(InstallSnapshotRequest(lastIncluded: id, configuration: configuration)))
        }
        let voters = [Member(id: "b", role: .voter)]

        #expect(refusal(of: announcement(Configuration(members: voters))) == nil)
        #expect(refusal(of: announcement(Configuration())) == .snapshotWithoutVoters)
        let later = refusal(of: announcement(Configuration(members: voters, featureLevel: FeatureLevel.release + 1)))
        #expect(later == .snapshotOfLaterLevel(FeatureLevel.release + 1))
        #expect(later?.endsLink == false)
        #expect(
            refusal(of: raft(.installSnapshotResponse(InstallSnapshotResponse(lastIncluded: id, installed: true))))
                == nil)
    }

    @Test("Forwarded writes of a later release, which is told that nothing was done")
    func laterCommands() {
        var later = command
        later.setInteger(UInt8(9), at: later.readerIndex + 4)

        let refused = refusal(of: .forwardedWrites(id: 1, commandCount: 1, commands: later))

        #expect(refused == .unknownCommands(CodecError("unknown command kind 9", isOfLaterRelease: true)))
        #expect(refused?.endsLink == false)
    }

    // MARK: Where it stands

    @Test("Every refusal says in words what is wrong")
    func words() {
        let range = LogRange(LogIndex(1), LogIndex(2))
        let refusals: [PeerRefusal] = [
            .otherSender("c"), .core(.ownMessage), .entryCount(7, of: range), .entryOutOfPlace(.zero, at: LogIndex(7)),
            .strayEntries(7), .termTooFarAhead(Term(7), of: Term(1)), .commands(CodecError("it is cut off")),
            .unknownCommands(CodecError("unknown command kind 9")), .outcomesOutOfRange(first: 7, count: 1),
        ]

        let sentences = Set(refusals.map(\.description))

        #expect(sentences.count == refusals.count)
        #expect(sentences.allSatisfy { $0.split(separator: " ").count > 5 })
    }

    @Test("A replica steps nothing that the gate has refused")
    func atTheReplica() throws {
        let replica = PlayedReplica().replica
        let term = replica.currentTerm
        let ahead = raft(timeoutNow, from: "b", to: "a", term: term.rawValue + ReplicaLimits.termAheadMax + 1)

        #expect(replica.receive(ahead, from: "b") == .termTooFarAhead(Term(term.rawValue + (1 << 32) + 1), of: term))
        replica.turn()
        #expect(replica.currentTerm == term)

        #expect(replica.receive(raft(.appendEntriesRequest(heartbeat), from: "b", to: "a", term: 9), from: "b") == nil)
        replica.turn()
        #expect(replica.currentTerm == Term(9))
    }

    private var heartbeat: AppendEntriesRequest {
        AppendEntriesRequest(
            prevLogID: .zero, range: LogRange(LogIndex(1), LogIndex(1)), leaderCommit: .zero, readRound: 0, sequence: 1)
    }
}
