internal import ClusterControl
internal import HotPath
internal import NIOCore

/// A change of one member, which the control plane carries out.
protocol MembershipRoute: Route {
    static var isJoin: Bool { get }
}

extension MembershipRoute {
    static var bodyBytesMax: Int { HTTPLimits.controlBytesMax }

    static func takes(_ parameter: Parameter) -> Bool { parameter == .timeout || parameter == .pretty }

    static func timeoutMillisecondsMax(_ settings: HTTPServerSettings) -> UInt64 {
        HTTPLimits.controlTimeoutMillisecondsMax
    }

    static func carryOut(_ request: inout IncomingRequest, _ answers: inout AnswerQueue, _ table: ConnectionTable) {
        let services = table.services
        let change: ControlRequest
        do throws(APIError) {
            // Membership changes take longer than other requests, so the usual time-out does not hold for them.
            change = try MembershipDocument.read(
                request.body ?? ByteBuffer(), isJoin: isJoin,
                timeoutMilliseconds: request.head.hasOwnTimeout ? Int(request.head.timeoutMilliseconds) : nil)
        } catch {
            return answers.append(error, for: request.head, services)
        }
        // The control plane keeps the time itself; this is for the case that it does not.
        let patience = UInt64(change.timeoutMilliseconds) + services.settings.requestTimeoutMilliseconds
        let later = LaterAnswer(to: request.head, isWrite: true, timeoutMilliseconds: patience, &answers, table)
        let control = services.control
        Task {
            let answer = await control.perform(change)
            later.give { writer, options, output in write(answer, to: change, options, by: writer, to: &output) }
        }
    }

    private static func write(
        _ answer: ControlAnswer, to request: ControlRequest, _ options: AnswerOptions, by writer: AnswerWriter,
        to output: inout ByteBuffer
    ) {
        if let error = answer.apiError(writer.board) { return writer.write(error, options, to: &output) }
        var body = ByteBuffer(string: #"{"data":\#(answer.statsJSON),"message":"#)
        JSONText.writeString(request.successMessage, to: &body, escapingHTML: true)
        body.writeStaticString("}\n")
        var head = AnswerHead(.ok, AnswerHead.json)
        if let warning = answer.warning { head.addField("X-Skiff-Warning", warning) }
        body.withUnsafeReadableBytes { writer.write(head, body: $0, options, to: &output) }
    }
}

extension ControlRequest {
    /// raft-sample's sentence about a success.
    fileprivate var successMessage: String {
        switch self {
        case .join(let join): "node \(join.nodeID) at \(join.raftAddress) joined successfully"
        case .remove(let removal): "node \(removal.nodeID) removed successfully"
        case .compare: "data compared"
        }
    }
}

extension ControlAnswer {
    func apiError(_ board: StatusBoard) -> APIError? {
        let mapped: ErrorCode
        switch code {
        case .ok: return nil
        case .invalidArgument: mapped = .invalidArgument
        case .joinerNotEmpty: mapped = .joinerNotEmpty
        case .nodeIDConflict: mapped = .nodeIDConflict
        case .clusterMismatch: mapped = .clusterMismatch
        case .dataDiffer: mapped = .dataDiffer
        case .membershipChangeInProgress: mapped = .membershipChangeInProgress
        case .wouldLoseQuorum: mapped = .wouldLoseQuorum
        case .noLeader: mapped = .noLeader
        case .notSupported: mapped = .notSupported
        case .overloaded: mapped = .overloaded
        case .timeout: mapped = .timeout
        case .unreachable: mapped = .unreachable
        case .internal: mapped = .internal
        }
        let status = board.current
        if code == .noLeader, applied == .no, WhyNoLeader(status) != nil {
            // Why nobody leads, and then what that means for the change.
            var error = APIError.noLeader(status)
            let sentence = ". \(message.prefix(1).uppercased())\(message.dropFirst())"
            error.message += sentence
            error.legacyMessage = error.legacyMessage.map { $0 + sentence }
            return error
        }
        var error = APIError(mapped, message)
        // raft-sample's sentence promises that nothing happened; ours says why nobody leads.
        if code == .noLeader, applied == .no { error.legacyMessage = "not the leader: \(message)" }
        switch applied {
        case .no: break
        case .partly:
            error.applied = .partly
            error.message += "; part of the change was made and stays, and asking again completes it"
        case .unknown:
            error.applied = .unknown
            error.message += "; the change may have been made or may still be, so look at /raft/stats"
        }
        return error
    }
}
