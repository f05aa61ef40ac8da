internal import HotPath
internal import NIOCore
internal import RaftCore

// Errors are rare: they ask the status board and build their body in separate memory.
extension AnswerWriter {
    /// Writes the answer to a request that failed, in the one shape that all errors have; raft-sample's routes keep
    /// raft-sample's.
    func write(_ error: APIError, _ options: AnswerOptions, to output: inout ByteBuffer) {
        let isLegacy = options.contains(.isLegacy)
        let isCompat = isLegacy && legacyStatus == .compat
        let status = isCompat ? error.code.legacyStatus : error.code.status
        var body = ByteBuffer()
        if let message = error.code.frameworkMessage,
            error.isFrameworkMessage || (isCompat && error.code == .methodNotAllowed)
        {
            body.writeStaticString(#"{"message":""#)
            body.writeStaticString(message)
            body.writeStaticString("\"}\n")
        } else {
            let text = (isLegacy ? error.legacyMessage : nil) ?? error.message
            body.writeStaticString(#"{"error":"#)
            JSONText.writeString(text, to: &body, escapingHTML: isLegacy)
            // raft-sample knew no request that failed and had an effect.
            let isKnown = isCompat && error.code.isKnownToRaftSample && error.applied == .no
            if !isKnown { writeDetails(of: error, to: &body) }
            body.writeStaticString("}\n")
        }
        var head = AnswerHead(status, AnswerHead.json)
        if let allow = error.allow { head.addField("Allow", allow) }
        if error.code.invitesRetry { head.addField("Retry-After", "1") }
        // RFC 9110, 12.5.3: with 415 it says which codings would do.
        if error.code == .unsupportedEncoding { head.addField("Accept-Encoding", "identity") }
        head.revision = error.currentRevision
        body.withUnsafeReadableBytes { write(head, body: $0, options, to: &output) }
    }

    private func writeDetails(of error: APIError, to body: inout ByteBuffer) {
        body.writeString(#","code":"\#(error.code.rawValue)","applied":"\#(error.applied.rawValue)""#)
        if let message = error.code.frameworkMessage { body.writeString(#","message":"\#(message)""#) }
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
            if !member.raftAddress.isEmpty {
                body.writeStaticString(#","raft":"#)
                JSONText.writeString(member.raftAddress, to: &body)
            }
        }
        body.writeStaticString("}")
    }
}
