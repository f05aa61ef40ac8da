internal import HotPath
internal import NIOCore
internal import RaftCore

// Answers that are rare: they ask the status board and build their body in memory of their own.
extension HTTPLoop {
    /// Writes the answer to a request that failed, in the one shape that all errors have; raft-sample's routes keep
    /// raft-sample's.
    func write(_ error: APIError, surface: IncomingRequest.Surface, _ frame: AnswerFrame, to output: inout ByteBuffer) {
        let isCompat = surface == .legacy && settings.legacyStatus == .compat
        let status = isCompat ? error.code.legacyStatus : error.code.status
        var body = ByteBuffer()
        if let message = error.code.echoMessage, error.isBareEcho || (isCompat && error.code == .methodNotAllowed) {
            body.writeStaticString(#"{"message":""#)
            body.writeStaticString(message)
            body.writeStaticString("\"}\n")
        } else {
            let text = (surface == .legacy ? error.legacyMessage : nil) ?? error.message
            body.writeStaticString(#"{"error":"#)
            JSONText.writeString(text, to: &body, escapingHTML: surface == .legacy)
            if !(isCompat && error.code.isKnownToRaftSample) { writeDetails(of: error, to: &body) }
            body.writeStaticString("}\n")
        }
        var fields = ByteBuffer()
        if let allow = error.allow {
            fields.writeStaticString("\r\nAllow: ")
            fields.writeStaticString(allow)
        }
        if error.code.invitesRetry { fields.writeStaticString("\r\nRetry-After: 1") }
        if let revision = error.currentRevision { fields.writeString("\r\nX-Skiff-Revision: \(revision)") }
        write(status, .json, fields: fields, body: body, frame, to: &output)
    }

    private func writeDetails(of error: APIError, to body: inout ByteBuffer) {
        body.writeString(#","code":"\#(error.code.rawValue)","applied":"\#(error.applied.rawValue)""#)
        if let message = error.code.echoMessage { body.writeString(#","message":"\#(message)""#) }
        if error.appliedOperations > 0 { body.writeString(#","applied_operations":\#(error.appliedOperations)"#) }
        if error.code.namesLeader { writeLeader(to: &body) }
        if let limit = error.limit { body.writeString(#","limit":\#(limit)"#) }
        if let revision = error.currentRevision { body.writeString(#","current_revision":\#(revision)"#) }
        if error.code.invitesRetry { body.writeString(#","retry_after_ms":\#(HTTPLimits.retryAfterMilliseconds)"#) }
    }

    private func writeLeader(to body: inout ByteBuffer) {
        let status = board.current
        guard let leader = status.leaderID else { return }
        body.writeStaticString(#","leader":{"id":"#)
        JSONText.writeString(leader.name, to: &body)
        if let member = status.configuration[leader] {
            if !member.httpAddress.isEmpty {
                body.writeStaticString(#","http":"#)
                JSONText.writeString("http://\(member.httpAddress)", to: &body)
            }
            body.writeStaticString(#","raft":"#)
            JSONText.writeString(member.raftAddress, to: &body)
        }
        body.writeStaticString("}")
    }

    enum BodyType {
        case json, text

        fileprivate var field: StaticString {
            switch self {
            case .json: "\r\nContent-Type: application/json; charset=UTF-8"
            case .text: "\r\nContent-Type: text/plain; charset=UTF-8"
            }
        }
    }

    /// Writes a whole answer. `fields` holds further header fields, each behind its line break.
    func write(
        _ status: HTTPStatus, _ type: BodyType, fields: ByteBuffer = ByteBuffer(), body: ByteBuffer,
        _ frame: AnswerFrame, to output: inout ByteBuffer
    ) {
        output.writeStaticString(status.line)
        output.writeStaticString(type.field)
        output.writeString("\r\nContent-Length: \(body.readableBytes)")
        output.writeImmutableBuffer(fields)
        output.writeWithUnsafeMutableBytes(
            minimumWritableBytes: nodeFields.count + 64 + AnswerFrame.fieldBytesMax
        ) { target in
            var cursor = ByteCursor(target)
            appendNodeFields(to: &cursor)
            frame.appendEndOfHead(to: &cursor)
            return cursor.count
        }
        if !frame.isHead { output.writeImmutableBuffer(body) }
    }
}
