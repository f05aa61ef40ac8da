internal import HotPath
internal import KeyValue
internal import NIOCore

// Membership changes: rare, so they may cost a task each.
extension HTTPConnectionHandler {
    func startControl() {
        let document = body ?? ByteBuffer()
        let change: ControlRequest
        do throws(APIError) {
            change = try MembershipDocument.read(
                document, isJoin: request.route == .join, timeoutMilliseconds: request.controlTimeoutMilliseconds)
        } catch {
            return enqueue(error)
        }
        // The control plane keeps the time itself; this is for the case that it does not.
        let patience = UInt64(change.timeoutMilliseconds) + loop.settings.requestTimeoutMilliseconds
        let tag = enqueue(.control, .waiting, echoBytes: 0, timeoutMilliseconds: patience)
        let frame = AnswerFrame(isHead: false, closes: request.closes, keepsAlive: request.announcesKeepAlive)
        let bound = NIOLoopBound(loop, eventLoop: loop.eventLoop)
        let control = loop.control
        let eventLoop = loop.eventLoop
        Task {
            let answer = await control.perform(change)
            eventLoop.execute {
                let loop = bound.value
                var bytes = ByteBuffer()
                loop.write(answer, to: change, frame, into: &bytes)
                loop.deliver(prepared: bytes, to: tag)
            }
        }
    }
}

extension IncomingRequest {
    /// `timeout=` if it was given; membership changes take longer than other requests.
    var controlTimeoutMilliseconds: Int? { hasOwnTimeout ? Int(timeoutMilliseconds) : nil }
}

extension ControlRequest {
    var timeoutMilliseconds: Int {
        switch self {
        case .join(let join): join.timeoutMilliseconds
        case .remove(let removal): removal.timeoutMilliseconds
        }
    }

    /// raft-sample's sentence about a success.
    fileprivate var successMessage: String {
        switch self {
        case .join(let join): "node \(join.nodeID) at \(join.raftAddress) joined successfully"
        case .remove(let removal): "node \(removal.nodeID) removed successfully"
        }
    }
}

extension HTTPLoop {
    /// Writes the answer to a membership change.
    func write(
        _ answer: ControlAnswer, to request: ControlRequest, _ frame: AnswerFrame, into output: inout ByteBuffer
    ) {
        if let error = answer.apiError { return write(error, surface: .legacy, frame, to: &output) }
        var body = ByteBuffer(string: #"{"data":\#(answer.statsJSON),"message":"#)
        JSONText.writeString(request.successMessage, to: &body, escapingHTML: true)
        body.writeStaticString("}\n")
        var fields = ByteBuffer()
        if let warning = answer.warning {
            fields.writeStaticString("\r\nX-Skiff-Warning: ")
            fields.writeFieldValue(warning)
        }
        write(.ok, .json, fields: fields, body: body, frame, to: &output)
    }
}

extension ControlAnswer {
    fileprivate var apiError: APIError? {
        let mapped: ErrorCode
        switch code {
        case .ok: return nil
        case .invalidArgument: mapped = .invalidArgument
        case .joinerNotEmpty: mapped = .joinerNotEmpty
        case .nodeIDConflict: mapped = .nodeIDConflict
        case .clusterMismatch: mapped = .clusterMismatch
        case .membershipChangeInProgress: mapped = .membershipChangeInProgress
        case .wouldLoseQuorum: mapped = .wouldLoseQuorum
        case .noLeader: mapped = .noLeader
        case .timeout: mapped = .timeout
        case .unreachable: mapped = .unreachable
        case .internal: mapped = .internal
        }
        var error = APIError(mapped, message)
        if code == .noLeader { error.legacyMessage = "not the leader" }
        if code == .timeout { error.applied = .unknown }
        return error
    }
}
