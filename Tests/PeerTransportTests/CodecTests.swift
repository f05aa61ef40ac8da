import Bytes
import HotPath
import KeyValue
import NIOCore
import RaftCore
import Seeds
import Testing

@testable import PeerTransport

@Suite("Frames")
struct CodecTests {
    /// Cuts one frame out of `bytes` that is the `sequence`-th, 0 or 1, of its connection.
    static func read(_ bytes: [UInt8]) throws(CodecError) -> Frame? {
        var reader = FrameReader()
        reader.frameBytesMax = ReplicaLimits.peerFrameBytesMax
        reader.append(ByteBuffer(bytes: bytes))
        return try reader.nextFrame()
    }

    static func encode(_ message: PeerMessage, sequence: UInt64 = 0) -> [UInt8] {
        var buffer = ByteBuffer()
        message.encode(into: &buffer, sequence: sequence)
        return Array(buffer.readableBytesView)
    }

    static func decode(_ frame: Frame) throws(CodecError) -> PeerMessage {
        try PeerMessage(decoding: frame, from: SampleMessages.sender, to: SampleMessages.receiver)
    }

    @Test("Every kind of frame looks as its golden bytes say", arguments: FrameKind.allCases)
    func goldenEncoding(kind: FrameKind) {
        var buffer = ByteBuffer()
        switch kind {
        case .hello:
            SampleMessages.hello.encode(as: .hello, into: &buffer, sequence: 0)
        case .welcome:
            var welcome = SampleMessages.hello
            welcome.expectedNodeID = nil
            welcome.encode(as: .welcome, into: &buffer, sequence: 0)
        case .goodbye:
            Goodbye(.foreignCluster, "no").encode(into: &buffer, sequence: 1)
        case .ping:
            Frame.write(.ping, sequence: 9, to: &buffer) { _ in }
        case .adoptionRequest:
            SampleMessages.adoptionRequest.encode(into: &buffer, sequence: 1)
        case .adoptionAnswer:
            AdoptionAnswer.refused(.holdsUserData, message: "no").encode(into: &buffer, sequence: 1)
        case .requestVoteRequest, .requestVoteResponse, .appendEntriesRequest, .appendEntriesResponse,
            .installSnapshotRequest, .installSnapshotResponse, .timeoutNow, .forwardedWrites, .forwardedWritesAnswer,
            .readIndexRequest, .readIndexAnswer, .controlRequest, .controlAnswer, .removed,
            .comparisonAnswer:
            SampleMessages.message(of: kind)?.encode(into: &buffer, sequence: 1)
        case .snapshotRequest, .snapshotOpened, .snapshotChunk, .snapshotCredit, .snapshotEnd, .snapshotRefused:
            SampleMessages.snapshot(of: kind)?.encode(into: &buffer, sequence: 1)
        }

        #expect(Array(buffer.readableBytesView) == GoldenFrames.bytes(of: kind))
    }

    @Test("The preamble looks as its golden bytes say")
    func goldenPreamble() throws {
        var buffer = ByteBuffer()
        Preamble().write(to: &buffer)

        #expect(Array(buffer.readableBytesView) == GoldenFrames.decode(GoldenFrames.preamble))
        #expect(try Preamble(decoding: &buffer) == Preamble())
    }

    @Test("The frames of a connection itself read back as they were written")
    func connectionFrames() throws {
        let frame = { (kind: FrameKind, sequence: UInt64) throws -> Frame in
            try Frame(decoding: ByteBuffer(bytes: GoldenFrames.bytes(of: kind)), sequence: sequence)
        }

        #expect(try Hello(decoding: frame(.hello, 0)) == SampleMessages.hello)
        #expect(try Goodbye(decoding: frame(.goodbye, 1)) == Goodbye(.foreignCluster, "no"))
        #expect(try frame(.ping, 9).body.readableBytes == 0)
        #expect(try AdoptionRequest(decoding: frame(.adoptionRequest, 1)) == SampleMessages.adoptionRequest)
        let answer = try AdoptionAnswer(decoding: frame(.adoptionAnswer, 1))
        #expect(answer == .refused(.holdsUserData, message: "no"))
    }

    @Test("What a later release adds to a hello, a welcome or a goodbye is passed over")
    func laterFields() throws {
        func extended(_ kind: FrameKind) throws -> Frame {
            let golden = Array(GoldenFrames.bytes(of: kind)[Frame.headerBytes...])
            var buffer = ByteBuffer()
            Frame.write(kind, sequence: 0, to: &buffer) { body in
                body.writeBytes(golden + [7, 1, 2, 3])
            }
            return try Frame(decoding: buffer, sequence: 0)
        }

        #expect(try Hello(decoding: extended(.hello)) == SampleMessages.hello)
        _ = try Hello(decoding: extended(.welcome))
        var goodbye = ByteBuffer()
        Frame.write(.goodbye, sequence: 0, to: &goodbye) { body in
            body.writeInteger(UInt8(254))
            body.writeText("no")
            body.writeBytes([7])
        }
        #expect(try Goodbye(decoding: Frame(decoding: goodbye, sequence: 0)) == Goodbye(.unspecified, "no"))
    }

    @Test("The three answers to an adoption are told apart, and an unknown one is refused")
    func adoptionAnswers() throws {
        let answers: [(AdoptionAnswer, tag: UInt8)] = [
            (.accepted(InstanceID(high: 1, low: 2)), 0), (.unchanged, 255), (.refused(.busy, message: "no"), 6),
        ]
        for (answer, tag) in answers {
            var buffer = ByteBuffer()
            answer.encode(into: &buffer, sequence: 1)
            #expect(buffer.getInteger(at: Frame.headerBytes, as: UInt8.self) == tag)
            #expect(try AdoptionAnswer(decoding: Frame(decoding: buffer, sequence: 1)) == answer)
        }
        var unknown = ByteBuffer()
        Frame.write(.adoptionAnswer, sequence: 1, to: &unknown) { $0.writeBytes([254, 0, 0]) }
        #expect(throws: CodecError.self) { try AdoptionAnswer(decoding: Frame(decoding: unknown, sequence: 1)) }
    }

    @Test("Random messages read back as they were written", arguments: Seed.all(0...39, of: "CodecTests/roundTrip"))
    func roundTrip(seed: Seed) throws {
        var generator = SplitMix64(seed: seed.value)
        for _ in 0..<50 {
            let message = SampleMessages.random(using: &generator)
            let bytes = Self.encode(message)

            let frame = try #require(try Self.read(bytes))
            let decoded = try Self.decode(frame)

            #expect(isSame(message, decoded))
            #expect(Self.encode(decoded) == bytes)
        }
    }

    @Test("A received AppendEntriesRequest describes its entries")
    func description() throws {
        let frame = try Frame(
            decoding: ByteBuffer(bytes: GoldenFrames.bytes(of: .appendEntriesRequest)), sequence: 1)

        guard case .raft(let message, let entries) = try Self.decode(frame),
            case .appendEntriesRequest(let request) = message.body
        else {
            Issue.record("another message was decoded")
            return
        }

        #expect(request.runs == [EntryRun(term: Term(7), sizes: [32, 58])])
        #expect(entries.map(\.id.index) == [LogIndex(10), LogIndex(11)])
        #expect(message.from == SampleMessages.sender)
        #expect(message.to == SampleMessages.receiver)
    }

    @Test("An entry that no node could apply makes its frame malformed")
    func unappliableEntry() throws {
        let entry = Entry(
            id: LogID(index: LogIndex(10), term: Term(7)), kind: .commands, commandCount: 1,
            payload: ByteBuffer(string: "zzzzzz"))
        let request = AppendEntriesRequest(
            prevLogID: LogID(index: LogIndex(9), term: Term(7)), range: LogRange(LogIndex(10), LogIndex(11)),
            leaderCommit: .zero, readRound: 0, sequence: 1)
        let message = Message(
            from: SampleMessages.sender, to: SampleMessages.receiver, term: Term(7),
            body: .appendEntriesRequest(request))
        let bytes = Self.encode(.raft(message, entries: [entry]), sequence: 1)

        #expect(throws: CodecError("a command is cut off in its header")) {
            try Self.decode(Frame(decoding: ByteBuffer(bytes: bytes), sequence: 1))
        }
    }

    @Test("A kept entry does not keep the read that it arrived in")
    func entriesAreDetached() throws {
        var read = ByteBufferAllocator().buffer(capacity: 256 << 10)
        read.writeBytes(GoldenFrames.bytes(of: .appendEntriesRequest))

        let frame = try Frame(decoding: read, sequence: 1)
        guard case .raft(_, let entries) = try Self.decode(frame) else {
            Issue.record("another message was decoded")
            return
        }

        #expect(entries.allSatisfy { $0.encoded.storageCapacity <= 1 << 10 })
    }

    @Test("Frames are the same however the network cuts them", arguments: [1, 2, 3, 7, 23, 24, 25, 64, 1_000])
    func cuts(size: Int) throws {
        var generator = SplitMix64(seed: 11)
        let messages = (0..<30).map { _ in SampleMessages.random(using: &generator) }
        var stream: [UInt8] = []
        for (sequence, message) in messages.enumerated() {
            stream += Self.encode(message, sequence: UInt64(sequence))
        }
        var reader = FrameReader()
        reader.frameBytesMax = ReplicaLimits.peerFrameBytesMax

        var decoded: [PeerMessage] = []
        for start in stride(from: 0, to: stream.count, by: size) {
            reader.append(ByteBuffer(bytes: stream[start..<min(start + size, stream.count)]))
            while let frame = try reader.nextFrame() { decoded.append(try Self.decode(frame)) }
        }

        #expect(decoded.count == messages.count)
        #expect(zip(messages, decoded).allSatisfy { isSame($0, $1) })
    }
}
