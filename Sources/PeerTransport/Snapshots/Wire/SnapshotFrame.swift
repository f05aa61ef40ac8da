internal import KeyValue
internal import NIOCore
internal import RaftCore

/// One frame of a connection on which a snapshot is transferred. The node that dialled is the receiver of the snapshot.
/// Layout of the bodies, little-endian:
///
/// ```
/// request  16 last included log id, 8 id of the snapshot (0: any), 2 credits, the rest: position
/// opened    8 id of the snapshot
/// chunk       bytes of the snapshot, at least one
/// credit    2 credits, not 0
/// end         account of the whole snapshot
/// refused   1 reason (SnapshotRefusal), string message
/// ```
enum SnapshotFrame: Hashable {
    /// From the receiver, first and once. A credit allows the sender one chunk.
    case request(SnapshotRequest, credits: Int)
    /// From the sender: chunks of this snapshot follow.
    case opened(SnapshotID)
    case chunk(ByteBuffer)
    /// From the receiver: this many chunks more.
    case credit(Int)
    /// From the sender: that was all.
    case end(total: ByteBuffer)
    /// From the sender, in place of `opened` or of more chunks.
    case refused(SnapshotRefusal)

    /// The largest frame that the receiver of a snapshot takes.
    static let bytesMax = Frame.headerBytes + SnapshotTransfer.chunkBytesMax

    var kind: FrameKind {
        switch self {
        case .request: .snapshotRequest
        case .opened: .snapshotOpened
        case .chunk: .snapshotChunk
        case .credit: .snapshotCredit
        case .end: .snapshotEnd
        case .refused: .snapshotRefused
        }
    }

    func encode(into buffer: inout ByteBuffer, sequence: UInt64) {
        Frame.write(kind, sequence: sequence, to: &buffer) { body in
            switch self {
            case .request(let request, let credits):
                body.writeLogID(request.lastIncluded)
                body.writeMultipleIntegers(request.id?.rawValue ?? 0, UInt16(credits), endianness: .little)
                body.writeImmutableBuffer(request.position)
            case .opened(let id):
                body.writeInteger(id.rawValue, endianness: .little)
            case .chunk(let bytes):
                body.writeImmutableBuffer(bytes)
            case .credit(let count):
                body.writeInteger(UInt16(count), endianness: .little)
            case .end(let total):
                body.writeImmutableBuffer(total)
            case .refused(let refusal):
                body.writeInteger(refusal.reason.rawValue)
                body.writeText(refusal.message.shortenedForPeer)
            }
        }
    }

    /// Of a frame whose kind is of the family of snapshots. The number of credits is judged by whoever grants by them.
    init(decoding frame: Frame) throws(CodecError) {
        var body = frame.body
        switch frame.kind {
        case .snapshotRequest: self = try Self.request(&body)
        case .snapshotOpened:
            guard let id = SnapshotID(try body.readField("the id of a snapshot")) else {
                throw CodecError("the id of a snapshot is 0")
            }
            try body.requireEnd()
            self = .opened(id)
        case .snapshotChunk:
            guard (1...SnapshotTransfer.chunkBytesMax).contains(body.readableBytes) else {
                throw CodecError("a chunk of a snapshot has \(body.readableBytes) bytes")
            }
            self = .chunk(body)
        case .snapshotCredit:
            let count: UInt16 = try body.readField("a number of credits")
            guard count > 0 else { throw CodecError("no credit is granted") }
            try body.requireEnd()
            self = .credit(Int(count))
        case .snapshotEnd:
            guard body.readableBytes <= SnapshotTransfer.totalBytesMax else {
                throw CodecError("the account of a snapshot has \(body.readableBytes) bytes")
            }
            self = .end(total: body)
        case .snapshotRefused:
            let rawReason: UInt8 = try body.readField("the reason of a refusal")
            let message = try body.readText("the message of a refusal")
            try body.requireEnd()
            // A reason of a later release: the sentence still says what is wrong.
            self = .refused(SnapshotRefusal(SnapshotRefusal.Reason(rawValue: rawReason) ?? .failed, message))
        case .hello, .welcome, .goodbye, .ping, .adoptionRequest, .adoptionAnswer, .requestVoteRequest,
            .requestVoteResponse, .appendEntriesRequest, .appendEntriesResponse, .installSnapshotRequest,
            .installSnapshotResponse, .timeoutNow, .forwardedWrites, .forwardedWritesAnswer, .readIndexRequest,
            .readIndexAnswer, .controlRequest, .controlAnswer, .removed, .comparisonAnswer:
            preconditionFailure("a frame of kind \(frame.kind) is read as one of a snapshot")
        }
    }

    private static func request(_ body: inout ByteBuffer) throws(CodecError) -> SnapshotFrame {
        let lastIncluded = try body.readLogID()
        let id = SnapshotID(try body.readField("the id of a snapshot"))
        let credits: UInt16 = try body.readField("a number of credits")
        guard SnapshotRequest.isEntry(lastIncluded) else { throw CodecError("no snapshot ends at \(lastIncluded)") }
        guard credits > 0 else { throw CodecError("a snapshot is asked for without a credit") }
        guard body.readableBytes <= SnapshotTransfer.positionBytesMax else {
            throw CodecError("a position in a snapshot has \(body.readableBytes) bytes")
        }
        guard id != nil || body.readableBytes == 0 else {
            throw CodecError("a position is asked for without the snapshot in which it is one")
        }
        return .request(SnapshotRequest(lastIncluded: lastIncluded, id: id, position: body), credits: Int(credits))
    }
}
