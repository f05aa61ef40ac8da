internal import HotPath
internal import KeyValue
internal import NIOCore
internal import RaftCore

extension PeerMessage {
    /// Appends this message as one frame. Sender and receiver of a Raft message are not written: the handshake of the
    /// link has said who they are.
    func encode(into buffer: inout ByteBuffer, sequence: UInt64) {
        switch self {
        case .raft(let message, let entries):
            message.encode(with: entries, into: &buffer, sequence: sequence)
        case .forwardedWrites(let id, let commandCount, let commands):
            precondition(commandCount > 0, "a burst of forwarded writes is empty")
            precondition(commandCount <= ReplicaLimits.forwardCommandsMax, "a burst forwards \(commandCount) writes")
            Frame.write(.forwardedWrites, sequence: sequence, to: &buffer) { body in
                body.writeMultipleIntegers(id, UInt32(commandCount), endianness: .little)
                body.writeImmutableBuffer(commands)
            }
        case .forwardedWritesAnswer(let id, let first, let outcomes):
            precondition(first >= 0, "an answer starts at the command \(first)")
            precondition(
                first + outcomes.count <= ReplicaLimits.forwardCommandsMax, "an answer reaches beyond the largest burst"
            )
            Frame.write(.forwardedWritesAnswer, sequence: sequence, to: &buffer) { body in
                body.writeMultipleIntegers(id, UInt32(first), UInt32(outcomes.count), endianness: .little)
                for outcome in outcomes { outcome.encode(into: &body) }
            }
        case .readIndexRequest(let id):
            Frame.write(.readIndexRequest, sequence: sequence, to: &buffer) { body in
                body.writeInteger(id, endianness: .little)
            }
        case .readIndexAnswer(let id, let index):
            Frame.write(.readIndexAnswer, sequence: sequence, to: &buffer) { body in
                body.writeMultipleIntegers(
                    id, UInt8(index == nil ? 0 : 1), index?.rawValue ?? 0, endianness: .little)
            }
        case .removed(let index):
            Frame.write(.removed, sequence: sequence, to: &buffer) { body in
                body.writeInteger(index.rawValue, endianness: .little)
            }
        case .comparisonAnswer(let id, let digest):
            Frame.write(.comparisonAnswer, sequence: sequence, to: &buffer) { body in
                body.writeLogID(id)
                body.writeInteger(UInt8(digest == nil ? 0 : 1))
                body.writeMultipleIntegers(
                    digest?.revision ?? 0, UInt64(digest?.keyCount ?? 0), digest?.hash ?? 0, endianness: .little)
            }
        case .controlRequest(let id, let payload):
            Self.encode(.controlRequest, id: id, payload: payload, into: &buffer, sequence: sequence)
        case .controlAnswer(let id, let payload):
            Self.encode(.controlAnswer, id: id, payload: payload, into: &buffer, sequence: sequence)
        }
    }

    private static func encode(
        _ kind: FrameKind, id: UInt64, payload: ByteBuffer, into buffer: inout ByteBuffer, sequence: UInt64
    ) {
        Frame.write(kind, sequence: sequence, to: &buffer) { body in
            body.writeInteger(id, endianness: .little)
            body.writeImmutableBuffer(payload)
        }
    }
}

extension AppendEntriesRequest {
    /// The part of the body before the entries: term, `prevLogID`, `leaderCommit`, `readRound`, `sequence`,
    /// `lostThrough`, count.
    static var messagePartBytes: Int { 68 }
}

extension Message {
    fileprivate func encode(with entries: [Entry], into buffer: inout ByteBuffer, sequence: UInt64) {
        let term = term.rawValue
        switch body {
        case .requestVoteRequest(let request):
            Frame.write(.requestVoteRequest, sequence: sequence, to: &buffer) { body in
                let flags: UInt8 = (request.isPreVote ? 1 : 0) | (request.isLeadershipTransfer ? 2 : 0)
                body.writeMultipleIntegers(term, flags, endianness: .little)
                body.writeLogID(request.lastLogID)
            }
        case .requestVoteResponse(let response):
            Frame.write(.requestVoteResponse, sequence: sequence, to: &buffer) { body in
                let flags: UInt8 = (response.isPreVote ? 1 : 0) | (response.voteGranted ? 2 : 0)
                body.writeMultipleIntegers(term, flags, response.requestTerm.rawValue, endianness: .little)
            }
        case .appendEntriesRequest(let request):
            request.encode(with: entries, term: term, into: &buffer, sequence: sequence)
        case .appendEntriesResponse(let response):
            response.encode(term: term, into: &buffer, sequence: sequence)
        case .installSnapshotRequest(let request):
            Frame.write(.installSnapshotRequest, sequence: sequence, to: &buffer) { body in
                body.writeInteger(term, endianness: .little)
                body.writeLogID(request.lastIncluded)
                body.writeImmutableBuffer(ConfigurationCodec.encode(request.configuration))
            }
        case .installSnapshotResponse(let response):
            Frame.write(.installSnapshotResponse, sequence: sequence, to: &buffer) { body in
                body.writeInteger(term, endianness: .little)
                body.writeLogID(response.lastIncluded)
                body.writeInteger(UInt8(response.installed ? 1 : 0))
            }
        case .timeoutNow(let timeoutNow):
            Frame.write(.timeoutNow, sequence: sequence, to: &buffer) { body in
                body.writeInteger(term, endianness: .little)
                body.writeLogID(timeoutNow.lastLogID)
            }
        }
    }
}

extension AppendEntriesRequest {
    fileprivate func encode(with entries: [Entry], term: UInt64, into buffer: inout ByteBuffer, sequence: UInt64) {
        precondition(range.lower == prevLogID.index.next, "the range \(range) does not follow \(prevLogID)")
        precondition(range.count == entries.count, "\(entries.count) entries came along for the range \(range)")
        var bytes = Frame.headerBytes + Self.messagePartBytes
        for entry in entries { bytes += entry.encodedBytes }
        buffer.reserveCapacity(minimumWritableBytes: bytes)
        Frame.write(.appendEntriesRequest, sequence: sequence, to: &buffer) { body in
            body.writeInteger(term, endianness: .little)
            body.writeLogID(prevLogID)
            body.writeMultipleIntegers(leaderCommit.rawValue, readRound, self.sequence, endianness: .little)
            body.writeLogID(lostThrough ?? .zero)
            body.writeInteger(UInt32(entries.count), endianness: .little)
            // Copied: a buffer per entry in the channel's queue costs more than the copy of an entry's few hundred
            // bytes, and one contiguous buffer leaves with one system call.
            for entry in entries { body.writeImmutableBuffer(entry.encoded) }
        }
    }
}

extension AppendEntriesResponse {
    fileprivate func encode(term: UInt64, into buffer: inout ByteBuffer, sequence: UInt64) {
        Frame.write(.appendEntriesResponse, sequence: sequence, to: &buffer) { body in
            body.writeMultipleIntegers(term, readRound, self.sequence, endianness: .little)
            switch result {
            case .matched(let matched):
                body.writeInteger(UInt8(1))
                body.writeLogID(matched)
            case .conflict(let rejected, let hint):
                body.writeInteger(UInt8(2))
                body.writeLogID(rejected)
                body.writeLogID(hint)
            }
        }
    }
}

extension Outcome {
    fileprivate func encode(into body: inout ByteBuffer) {
        switch self {
        case .written(let result):
            body.writeMultipleIntegers(
                UInt8(1), result.status.rawValue, UInt8(result.existed ? 1 : 0), result.revision, endianness: .little)
        case .readable:
            body.writeInteger(UInt8(2))
        case .failed(let failure):
            body.writeMultipleIntegers(UInt8(3), failure.rawValue)
        }
    }
}
