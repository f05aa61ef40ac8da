internal import HotPath
internal import NIOCore
internal import RaftCore

/// Writes answers: the one place that knows how the head of an answer looks, for every route and every error. One per
/// event loop, and confined to it.
final class AnswerWriter {
    let board: StatusBoard
    let legacyStatus: LegacyStatus
    /// `X-Skiff-Node`, `-Leader` and `-Term` as they were at the last sweep, each after its line break.
    private var nodeFields: [UInt8] = []
    /// Lent to one connection at a time, so that answering needs no new memory.
    private var spareOutput = ByteBuffer()
    /// Where a body is built before its size goes into the head.
    private var scratch = ByteBuffer()

    /// Room for every field that an answer can have, except its content type and the further fields.
    private static let headBytesMax = 512

    init(board: StatusBoard, legacyStatus: LegacyStatus) {
        self.board = board
        self.legacyStatus = legacyStatus
        refreshNodeFields()
    }

    /// Renews what answers say about the node.
    func refreshNodeFields() {
        let status = board.current
        var fields = ByteBuffer()
        fields.writeField("X-Skiff-Node", status.nodeID.name)
        if let leader = status.leaderID { fields.writeField("X-Skiff-Leader", leader.name) }
        fields.writeField("X-Skiff-Term", "\(status.term)")
        nodeFields = Array(fields.readableBytesView)
    }

    // MARK: One answer

    /// Writes a whole answer, whose body has `bodyBytes` bytes and is filled in by `body`. The body of an answer to
    /// `HEAD` is left out.
    func write(
        _ head: AnswerHead, bodyBytes: Int, _ options: AnswerOptions, to output: inout ByteBuffer,
        body: (inout ByteCursor) -> Void
    ) {
        let isHead = options.contains(.isHead)
        let room =
            Self.headBytesMax + head.contentType.count + (head.fields?.readableBytes ?? 0) + nodeFields.count
            + (isHead ? 0 : bodyBytes)
        output.writeWithUnsafeMutableBytes(minimumWritableBytes: room) { target in
            var cursor = ByteCursor(target)
            cursor.append(head.status.line)
            cursor.append("\r\nContent-Type: ")
            cursor.append(head.contentType)
            cursor.append("\r\nContent-Length: ")
            cursor.append(decimal: UInt64(bodyBytes))
            head.fields?.withUnsafeReadableBytes { cursor.append($0) }
            appendRevision(of: head, to: &cursor)
            appendConsistency(of: head, to: &cursor)
            if head.namesNode { appendNodeFields(to: &cursor) }
            if options.contains(.closes) {
                cursor.append("\r\nConnection: close")
            } else if options.contains(.announcesKeepAlive) {
                cursor.append("\r\nConnection: keep-alive")
            }
            cursor.append("\r\n\r\n")
            if !isHead { body(&cursor) }
            return cursor.count
        }
    }

    /// The same with the body at hand.
    func write(
        _ head: AnswerHead, body: UnsafeRawBufferPointer, _ options: AnswerOptions,
        to output: inout ByteBuffer
    ) {
        write(head, bodyBytes: body.count, options, to: &output) { $0.append(body) }
    }

    /// The answer to a write whose body is `start`, the revision, and the end of an object.
    func writeRevision(
        _ revision: UInt64, after start: UnsafeRawBufferPointer, _ options: AnswerOptions, to output: inout ByteBuffer
    ) {
        let bodyBytes = start.count + revision.decimalDigitCount + 2
        write(AnswerHead(revision: revision), bodyBytes: bodyBytes, options, to: &output) { body in
            body.append(start)
            body.append(decimal: revision)
            body.append("}\n")
        }
    }

    /// Lends `body` an empty buffer. Not within another call.
    func withScratch(_ body: (inout ByteBuffer) -> Void) {
        scratch.clear()
        body(&scratch)
    }

    // MARK: Fields

    private func appendRevision(of head: AnswerHead, to cursor: inout ByteCursor) {
        guard let revision = head.revision else { return }
        cursor.append("\r\nX-Skiff-Revision: ")
        cursor.append(decimal: revision)
        guard head.isTagged else { return }
        cursor.append("\r\nETag: \"")
        cursor.append(decimal: revision)
        cursor.append("\"")
    }

    private func appendConsistency(of head: AnswerHead, to cursor: inout ByteCursor) {
        guard let consistency = head.consistency else { return }
        // The value is a user's: no browser shall guess that it is a page.
        cursor.append("\r\nX-Content-Type-Options: nosniff\r\nX-Skiff-Consistency: ")
        switch consistency {
        case .linearizable: cursor.append("linearizable")
        case .stale: cursor.append("stale")
        }
    }

    private func appendNodeFields(to cursor: inout ByteCursor) {
        nodeFields.withUnsafeBytes { cursor.append($0) }
        cursor.append("\r\nX-Skiff-Index: ")
        cursor.append(decimal: board.appliedIndex.rawValue)
    }

    // MARK: Shared memory

    /// Lends the output buffer, empty. Given back with `giveBack`.
    func takeOutput() -> ByteBuffer {
        var output = ByteBuffer()
        swap(&output, &spareOutput)
        // Without a copy if the socket took all that was in it, which is the rule.
        output.clear(minimumCapacity: 4 << 10)
        return output
    }

    func giveBack(_ output: consuming ByteBuffer) {
        // The memory of a large answer is not kept.
        if output.storageCapacity <= 2 * HTTPLimits.writeBytesTarget { spareOutput = output }
    }
}
