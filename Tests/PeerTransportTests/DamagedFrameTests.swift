import Bytes
import HotPath
import KeyValue
import NIOCore
import RaftCore
import Testing

@testable import PeerTransport

/// Whatever a peer sends is either what a peer may say, or an error, or not whole yet. Never a trap. A message is
/// refused by its decoding or by the gate after it; both end its link.
@Suite("Damaged frames")
struct DamagedFrameTests {
    private enum Reading: Equatable { case refused, incomplete, read }

    private static func reading(_ bytes: [UInt8], frameBytesMax: Int = ReplicaLimits.peerFrameBytesMax) -> Reading {
        var reader = FrameReader()
        reader.frameBytesMax = frameBytesMax
        reader.append(ByteBuffer(bytes: bytes))
        do throws(CodecError) {
            guard let frame = try reader.nextFrame() else { return .incomplete }
            try open(frame)
            return .read
        } catch {
            return .refused
        }
    }

    private static func open(_ frame: Frame) throws(CodecError) {
        switch frame.kind {
        case .hello, .welcome: _ = try Hello(decoding: frame)
        case .goodbye: _ = try Goodbye(decoding: frame)
        case .adoptionRequest: _ = try AdoptionRequest(decoding: frame)
        case .adoptionAnswer: _ = try AdoptionAnswer(decoding: frame)
        case .ping: break
        case .requestVoteRequest, .requestVoteResponse, .appendEntriesRequest, .appendEntriesResponse,
            .installSnapshotRequest, .installSnapshotResponse, .timeoutNow, .forwardedWrites, .forwardedWritesAnswer,
            .readIndexRequest, .readIndexAnswer, .controlRequest, .controlAnswer, .removed,
            .comparisonAnswer:
            try judge(try CodecTests.decode(frame))
        case .snapshotRequest, .snapshotOpened, .snapshotChunk, .snapshotCredit, .snapshotEnd, .snapshotRefused:
            _ = try SnapshotFrame(decoding: frame)
        }
    }

    private static func judge(_ message: PeerMessage) throws(CodecError) {
        let raft = Raft(
            id: SampleMessages.receiver, settings: RaftSettings(), recovered: Raft.Recovered(), seed: 1,
            now: Instant(nanoseconds: 0))
        let refusal = PeerGate.refusal(of: message, from: SampleMessages.sender, at: raft)
        // The golden answer has every kind of outcome, of which the gate takes those of writes.
        if let refusal, refusal.endsLink, refusal != .outcomeOfRead { throw CodecError(refusal.description) }
    }

    /// The golden frame with the sequence that a new reader expects.
    private static func frame(_ kind: FrameKind) -> [UInt8] {
        let golden = GoldenFrames.bytes(of: kind)
        return frame(kind.rawValue, body: Array(golden[Frame.headerBytes...]))
    }

    /// A frame whose checksum is right for its body, whatever that is.
    private static func frame(_ rawKind: UInt8, body: [UInt8]) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 8)
        withUnsafeBytes(of: UInt32(Frame.headerBytes + body.count).littleEndian) { bytes += Array($0) }
        bytes += [rawKind, 0, 0, 0] + [UInt8](repeating: 0, count: 8) + body
        let covered = min(body.count, FrameKind(rawValue: rawKind)?.checksummedBodyBytesMax ?? .max)
        let checksum = bytes.withUnsafeBytes {
            XXH64.hash(UnsafeRawBufferPointer(rebasing: $0[8..<(Frame.headerBytes + covered)]))
        }
        withUnsafeBytes(of: checksum.littleEndian) { bytes.replaceSubrange(0..<8, with: Array($0)) }
        return bytes
    }

    @Test("A frame that is cut off anywhere is awaited, not refused", arguments: FrameKind.allCases)
    func truncation(kind: FrameKind) {
        let bytes = Self.frame(kind)
        for count in 0..<bytes.count {
            #expect(Self.reading(Array(bytes[..<count])) == .incomplete, "cut off after \(count) bytes")
        }
        #expect(Self.reading(bytes) == .read)
    }

    @Test("No change of any byte goes unnoticed", arguments: FrameKind.allCases)
    func mutation(kind: FrameKind) {
        let bytes = Self.frame(kind)
        for position in bytes.indices {
            for change: UInt8 in [0x01, 0x80, 0xFF] {
                var damaged = bytes
                damaged[position] ^= change
                // A greater length is awaited in vain; every other change is refused.
                let isInLength = (8..<12).contains(position)
                let reading = Self.reading(damaged)
                #expect(reading == .refused || (isInLength && reading == .incomplete), "byte \(position) ^ \(change)")
            }
        }
    }

    @Test("A body that is wrong under a right checksum never traps", arguments: FrameKind.allCases)
    func maliciousBodies(kind: FrameKind) {
        let body = Array(GoldenFrames.bytes(of: kind)[Frame.headerBytes...])
        var readings = 0
        for position in body.indices {
            for value: UInt8 in [0x00, 0x01, 0x7F, 0x80, 0xFF] {
                var damaged = body
                damaged[position] = value
                if Self.reading(Self.frame(kind.rawValue, body: damaged)) != .incomplete { readings += 1 }
            }
            let cut = Self.reading(Self.frame(kind.rawValue, body: Array(body[..<position])))
            // The content is opaque, so that any end may be its end.
            let isOpaque = Self.opaquePart(of: kind).map { position >= $0 } ?? false
            #expect(cut == (isOpaque ? .read : .refused), "cut off after \(position) bytes")
        }
        #expect(readings == body.count * 5)
    }

    /// Where the part of a body begins that means nothing to the transport.
    private static func opaquePart(of kind: FrameKind) -> Int? {
        switch kind {
        case .controlRequest, .controlAnswer: 8
        case .snapshotRequest: 26
        case .snapshotChunk: 1
        case .snapshotEnd: 0
        default: nil
        }
    }

    @Test("Random bodies under a right checksum never trap", arguments: FrameKind.allCases)
    func noise(kind: FrameKind) {
        var generator = SplitMix64(seed: UInt64(kind.rawValue))
        for _ in 0..<300 {
            var body: [UInt8] = []
            for _ in 0..<Int.random(in: 0...120, using: &generator) {
                body.append(UInt8.random(in: .min ... .max, using: &generator))
            }
            #expect(Self.reading(Self.frame(kind.rawValue, body: body)) != .incomplete)
        }
    }

    @Test("An absurd length is refused as soon as the header is there")
    func absurdLength() {
        for length in [0, 1, 23, ReplicaLimits.peerFrameBytesMax + 1, Int(UInt32.max)] {
            var bytes = Self.frame(.ping)
            withUnsafeBytes(of: UInt32(length).littleEndian) { bytes.replaceSubrange(8..<12, with: Array($0)) }
            #expect(Self.reading(bytes) == .refused, "length \(length)")
        }
    }

    @Test("Before the handshake only small frames are accepted")
    func handshakeFrames() {
        let body = [UInt8](repeating: 0, count: TransportLimits.handshakeFrameBytesMax - Frame.headerBytes + 1)
        let bytes = Self.frame(FrameKind.hello.rawValue, body: body)

        let header = Array(bytes[..<Frame.headerBytes])
        #expect(Self.reading(header, frameBytesMax: TransportLimits.handshakeFrameBytesMax) == .refused)
        #expect(Self.reading(header) == .incomplete)
    }

    @Test("An unknown kind, a reserved byte and a wrong sequence are refused by name")
    func headerDefects() throws {
        #expect(throws: CodecError("unknown frame kind 99")) { try CodecTests.read(Self.frame(99, body: [])) }
        var ping = ByteBuffer()
        Frame.write(.ping, sequence: 5, to: &ping) { _ in }
        #expect(throws: CodecError("frame 5 arrived where frame 0 was due")) {
            try Frame(decoding: ping, sequence: 0)
        }
    }

    @Test("Counts beyond what a frame can hold are refused before anything is allocated for them")
    func counts() {
        let body = Array(GoldenFrames.bytes(of: .appendEntriesRequest)[Frame.headerBytes...])
        var entries = body
        entries.replaceSubrange(64..<68, with: [0xFF, 0xFF, 0xFF, 0xFF])
        #expect(Self.reading(Self.frame(FrameKind.appendEntriesRequest.rawValue, body: entries)) == .refused)

        let answer: [UInt8] = [4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0x3F, 0, 0]
        #expect(Self.reading(Self.frame(FrameKind.forwardedWritesAnswer.rawValue, body: answer)) == .refused)
    }

    @Test("Forwarded writes must be well-formed commands and nothing else")
    func forwardedWrites() {
        let body = Array(GoldenFrames.bytes(of: .forwardedWrites)[Frame.headerBytes...])
        let read = { (body: [UInt8]) in Self.reading(Self.frame(FrameKind.forwardedWrites.rawValue, body: body)) }

        #expect(read(body) == .read)
        #expect(read(body + [0]) == .refused)
        var two = body
        two[8] = 2
        #expect(read(two) == .refused)
        var badType = body
        badType[19] = 9
        #expect(read(badType) == .refused)
    }

    @Test("Numbers that no cluster reaches are refused, and nothing overflows")
    func absurdNumbers() {
        let most = [UInt8](repeating: 0xFF, count: 8)
        let limit = [UInt8](repeating: 0xFF, count: 7) + [0x7F]
        for number in [most, limit] {
            for (kind, offset) in [
                (.appendEntriesRequest, 0), (.appendEntriesRequest, 8), (.appendEntriesRequest, 16),
                (.appendEntriesRequest, 24), (.appendEntriesRequest, 48), (.appendEntriesRequest, 56),
                (.requestVoteRequest, 9), (.requestVoteResponse, 9), (.timeoutNow, 16),
                (.appendEntriesResponse, 33), (.installSnapshotRequest, 8), (.readIndexAnswer, 9), (.removed, 0),
                (.comparisonAnswer, 0),
            ] as [(FrameKind, Int)] {
                var body = Array(GoldenFrames.bytes(of: kind)[Frame.headerBytes...])
                body.replaceSubrange(offset..<(offset + 8), with: number)
                #expect(Self.reading(Self.frame(kind.rawValue, body: body)) == .refused, "\(kind) at \(offset)")
            }
        }
    }

    @Test("A preamble of another protocol is refused")
    func foreignProtocol() {
        var reader = FrameReader()
        reader.append(ByteBuffer(string: "GET / HTTP/1.1\r\n\r\n"))
        #expect(throws: CodecError.self) { try reader.nextPreamble() }
    }
}
