internal import HotPath
internal import KeyValue
internal import NIOCore
internal import RaftCore

extension PeerMessage {
    /// Reads the body of a frame that arrived on the link from `sender`. Checks only what can be read: sizes, counts,
    /// kinds, texts, and the checksums of entries. Nothing in the message is believed before `PeerGate` has judged
    /// it: terms and indexes may be any number, entries may be others than those of the range, and forwarded commands
    /// may be any bytes.
    init(decoding frame: Frame, from sender: NodeID, to receiver: NodeID) throws(CodecError) {
        var body = frame.body
        switch frame.kind {
        case .hello, .welcome, .goodbye, .ping, .adoptionRequest, .adoptionAnswer, .snapshotRequest, .snapshotOpened,
            .snapshotChunk, .snapshotCredit, .snapshotEnd, .snapshotRefused:
            preconditionFailure("a frame of kind \(frame.kind) is no message")
        case .requestVoteRequest, .requestVoteResponse, .appendEntriesResponse, .installSnapshotRequest,
            .installSnapshotResponse, .timeoutNow:
            let term = try body.readTerm()
            let messageBody = try Message.Body(decoding: frame.kind, from: &body)
            self = .raft(Message(from: sender, to: receiver, term: term, body: messageBody), entries: [])
        case .appendEntriesRequest:
            let term = try body.readTerm()
            let (request, entries) = try AppendEntriesRequest.decode(from: &body)
            self = .raft(
                Message(from: sender, to: receiver, term: term, body: .appendEntriesRequest(request)),
                entries: entries)
        case .forwardedWrites:
            self = try Self.decodeForwardedWrites(from: &body)
        case .forwardedWritesAnswer:
            self = try Self.decodeForwardedWritesAnswer(from: &body)
        case .readIndexRequest:
            self = .readIndexRequest(id: try body.readField("the id of a ReadIndex request"))
        case .readIndexAnswer:
            let id: UInt64 = try body.readField("the id of a ReadIndex answer")
            let hasIndex = try body.readFlags(mask: 1) == 1
            let index = try body.readLogIndex()
            self = .readIndexAnswer(id: id, index: hasIndex ? index : nil)
        case .removed:
            self = .removed(index: try body.readLogIndex())
        case .comparisonAnswer:
            self = try Self.decodeComparisonAnswer(from: &body)
        case .controlRequest:
            let id: UInt64 = try body.readField("the id of a control request")
            self = .controlRequest(id: id, payload: body.takeRest())
        case .controlAnswer:
            let id: UInt64 = try body.readField("the id of a control answer")
            self = .controlAnswer(id: id, payload: body.takeRest())
        }
        try body.requireEnd()
    }

    private static func decodeComparisonAnswer(from body: inout ByteBuffer) throws(CodecError) -> PeerMessage {
        let id = try body.readLogID()
        let hasDigest = try body.readFlags(mask: 1) == 1
        let revision: UInt64 = try body.readField("the revision of a digest")
        let rawCount: UInt64 = try body.readField("the number of keys of a digest")
        let hash: UInt64 = try body.readField("the hash of a digest")
        guard let keyCount = Int(exactly: rawCount) else { throw CodecError("a digest of \(rawCount) keys") }
        let digest = StateDigest(applied: id, revision: revision, keyCount: keyCount, hash: hash)
        return .comparisonAnswer(id: id, digest: hasDigest ? digest : nil)
    }

    private static func decodeForwardedWrites(from body: inout ByteBuffer) throws(CodecError) -> PeerMessage {
        let id: UInt64 = try body.readField("the id of forwarded writes")
        let count: UInt32 = try body.readField("the number of forwarded writes")
        return .forwardedWrites(id: id, commandCount: Int(count), commands: body.takeRest())
    }

    private static func decodeForwardedWritesAnswer(from body: inout ByteBuffer) throws(CodecError) -> PeerMessage {
        let id: UInt64 = try body.readField("the id of an answer to forwarded writes")
        let first: UInt32 = try body.readField("the first command of an answer")
        let count: UInt32 = try body.readField("the number of outcomes")
        // An outcome has at least one byte, and takes many more in memory.
        guard Int(count) <= body.readableBytes else { throw CodecError("the outcomes of an answer are cut off") }
        guard Int(count) <= ReplicaLimits.forwardCommandsMax else {
            throw CodecError("\(count) outcomes in one answer")
        }
        var outcomes: [Outcome] = []
        outcomes.reserveCapacity(Int(count))
        for _ in 0..<count { outcomes.append(try Outcome(decoding: &body)) }
        return .forwardedWritesAnswer(id: id, first: Int(first), outcomes: outcomes)
    }
}

extension Message.Body {
    /// The bodies of fixed shape; an AppendEntriesRequest is decoded on its own.
    fileprivate init(decoding kind: FrameKind, from body: inout ByteBuffer) throws(CodecError) {
        switch kind {
        case .requestVoteRequest:
            let flags = try body.readFlags(mask: 0b11)
            self = .requestVoteRequest(
                RequestVoteRequest(
                    isPreVote: flags & 1 != 0, isLeadershipTransfer: flags & 2 != 0, lastLogID: try body.readLogID()))
        case .requestVoteResponse:
            let flags = try body.readFlags(mask: 0b11)
            self = .requestVoteResponse(
                RequestVoteResponse(
                    isPreVote: flags & 1 != 0, requestTerm: try body.readTerm(), voteGranted: flags & 2 != 0))
        case .appendEntriesResponse:
            self = .appendEntriesResponse(try AppendEntriesResponse(decoding: &body))
        case .installSnapshotRequest:
            let lastIncluded = try body.readLogID()
            let configuration = try ConfigurationCodec.decode(body.takeRest())
            self = .installSnapshotRequest(
                InstallSnapshotRequest(lastIncluded: lastIncluded, configuration: configuration))
        case .installSnapshotResponse:
            let lastIncluded = try body.readLogID()
            let isInstalled = try body.readFlags(mask: 1) == 1
            self = .installSnapshotResponse(
                InstallSnapshotResponse(lastIncluded: lastIncluded, installed: isInstalled))
        case .timeoutNow:
            self = .timeoutNow(TimeoutNow(lastLogID: try body.readLogID()))
        case .hello, .welcome, .goodbye, .ping, .adoptionRequest, .adoptionAnswer, .appendEntriesRequest,
            .forwardedWrites, .forwardedWritesAnswer, .readIndexRequest, .readIndexAnswer, .controlRequest,
            .controlAnswer, .removed, .comparisonAnswer, .snapshotRequest, .snapshotOpened, .snapshotChunk,
            .snapshotCredit, .snapshotEnd, .snapshotRefused:
            preconditionFailure("a frame of kind \(kind) has no body of fixed shape")
        }
    }
}

extension AppendEntriesRequest {
    fileprivate static func decode(
        from body: inout ByteBuffer
    ) throws(CodecError) -> (AppendEntriesRequest, [Entry]) {
        let prevLogID = try body.readLogID()
        let leaderCommit = try body.readLogIndex()
        let readRound: UInt64 = try body.readField("a read round")
        let sequence: UInt64 = try body.readField("the sequence of an AppendEntriesRequest")
        let lostThrough = try body.readLogID()
        let count: UInt32 = try body.readField("the number of entries")
        guard Int(count) <= body.readableBytes / Entry.headerBytes else {
            throw CodecError("an AppendEntriesRequest states \(count) entries and has \(body.readableBytes) bytes")
        }
        if count > 0 { body.detachIfSparse() }
        var entries: [Entry] = []
        entries.reserveCapacity(Int(count))
        for _ in 0..<count { entries.append(try Entry(decoding: &body)) }
        // Whether the numbers make sense is judged later; here they must not overflow.
        let (last, overflow) = prevLogID.index.rawValue.addingReportingOverflow(UInt64(count))
        guard !overflow, last < .max else {
            throw CodecError("\(count) entries after \(prevLogID) go beyond the largest number")
        }
        var request = AppendEntriesRequest(
            prevLogID: prevLogID, range: LogRange(prevLogID.index.next, LogIndex(last + 1)),
            leaderCommit: leaderCommit, readRound: readRound, sequence: sequence,
            lostThrough: lostThrough == .zero ? nil : lostThrough)
        try request.describe(entries)
        return (request, entries)
    }
}

extension AppendEntriesResponse {
    fileprivate init(decoding body: inout ByteBuffer) throws(CodecError) {
        let readRound: UInt64 = try body.readField("a read round")
        let sequence: UInt64 = try body.readField("the sequence of an AppendEntriesResponse")
        let tag: UInt8 = try body.readField("the result of an AppendEntriesResponse")
        let result: Result
        switch tag {
        case 1: result = .matched(try body.readLogID())
        case 2: result = .conflict(rejected: try body.readLogID(), hint: try body.readLogID())
        default: throw CodecError("unknown result \(tag) of an AppendEntriesResponse")
        }
        self.init(result: result, readRound: readRound, sequence: sequence)
    }
}

extension Outcome {
    fileprivate init(decoding body: inout ByteBuffer) throws(CodecError) {
        let tag: UInt8 = try body.readField("an outcome")
        switch tag {
        case 1:
            let rawStatus: UInt8 = try body.readField("the status of a result")
            guard let status = CommandResult.Status(rawValue: rawStatus) else {
                throw CodecError("unknown status \(rawStatus) of a result")
            }
            let existed = try body.readFlags(mask: 1) == 1
            self = .written(
                CommandResult(status: status, existed: existed, revision: try body.readField("a revision")))
        case 2:
            self = .readable
        case 3:
            let rawFailure: UInt8 = try body.readField("a failure")
            guard let failure = RequestFailure(rawValue: rawFailure) else {
                throw CodecError("unknown failure \(rawFailure) of a request")
            }
            self = .failed(failure)
        default:
            throw CodecError("unknown outcome \(tag)")
        }
    }
}

extension ByteBuffer {
    /// All remaining bytes, sharing storage; none remain after it.
    fileprivate mutating func takeRest() -> ByteBuffer {
        let rest = slice()
        moveReaderIndex(to: writerIndex)
        return rest
    }

    /// Moves the readable bytes to storage of their own if they are the smaller part of the one they share. Entries
    /// outlive their frame by far, and a kept entry of a few hundred bytes would keep a whole read of many kilobytes.
    fileprivate mutating func detachIfSparse() {
        guard readableBytes < storageCapacity / 2 else { return }
        var copy = ByteBufferAllocator().buffer(capacity: readableBytes)
        copy.writeImmutableBuffer(self)
        self = copy
    }
}
