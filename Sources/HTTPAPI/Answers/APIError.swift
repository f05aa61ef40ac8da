internal import HotPath
internal import KeyValue
internal import RaftCore

/// One failed request: what the answer says. The table `ErrorCode` says what follows from the code.
struct APIError: Error {
    let code: ErrorCode
    /// A sentence that says what is wrong and what to do.
    var message: String
    var applied = Applied.no
    /// The bound that a request that is too large went over.
    var limit: Int?
    /// How many of the first operations of a batch took effect before it failed, if any did.
    var appliedOperations = 0
    /// The record's revision where a condition asked for another; 0 if there is no record.
    var currentRevision: UInt64?
    /// The methods that the path takes.
    var allow: String?
    /// The words of raft-sample's routes in place of `message`.
    var legacyMessage: String?
    /// The body is that of raft-sample's web framework, `{"message":".."}`, and nothing else.
    var isFrameworkMessage = false

    init(_ code: ErrorCode, _ message: String) {
        self.code = code
        self.message = message
    }
}

extension APIError {
    static func badRequest(_ reason: String) -> APIError {
        APIError(.badRequest, "this is not a valid HTTP/1.1 request: \(reason)")
    }

    static func unsupportedEncoding() -> APIError {
        APIError(
            .unsupportedEncoding,
            "a body with a Content-Encoding other than identity is not supported: send it as it is, or name the format "
                + "in Content-Type, such as application/gzip")
    }

    static func invalidArgument(_ message: String) -> APIError { APIError(.invalidArgument, message) }

    static func notSupported(_ what: String) -> APIError {
        APIError(.notSupported, "\(what) is not supported by this version")
    }

    static func methodNotAllowed(_ allow: String) -> APIError {
        var error = APIError(.methodNotAllowed, "this route takes \(allow)")
        error.allow = allow
        return error
    }

    static func valueTooLarge() -> APIError {
        let limit = KeyValueLimits.valueBytesMax
        var error = APIError(.valueTooLarge, "the value is larger than \(limit) bytes; split it or store a reference")
        error.limit = limit
        return error
    }

    static func requestTooLarge(limit: Int) -> APIError {
        var error = APIError(.requestTooLarge, "the body is larger than \(limit) bytes; send less at once")
        error.limit = limit
        return error
    }

    static func headerTooLarge() -> APIError {
        var error = APIError(
            .headerTooLarge,
            "the request line and its header fields are more than \(HTTPLimits.headerBytesMax) bytes or "
                + "\(HTTPLimits.headerFieldsMax) fields")
        error.limit = HTTPLimits.headerBytesMax
        return error
    }

    /// `wantsAbsence`: the condition is that there is no such key.
    static func preconditionFailed(currentRevision: UInt64, wantsAbsence: Bool) -> APIError {
        let found =
            switch (currentRevision, wantsAbsence) {
            case (0, _): "the key is absent"
            case (_, true): "the key exists, at revision \(currentRevision)"
            case (_, false): "the key is at revision \(currentRevision)"
            }
        var error = APIError(.preconditionFailed, "\(found), which is not what the condition asks for")
        error.currentRevision = currentRevision
        return error
    }

    /// `place`: where the requests wait that leave no room.
    static func overloaded(_ place: String = "this node") -> APIError {
        APIError(.overloaded, "too many requests wait in \(place); try again later")
    }

    static func tooManyConnections(limit: Int) -> APIError {
        var error = APIError(
            .tooManyConnections,
            "this node has \(limit) connections, as many as it may have: use one of those, close some, or use another "
                + "node; beyond them only the state of the node can be asked for")
        error.limit = limit
        return error
    }

    static func notReady(_ status: NodeStatus) -> APIError {
        if let unknown = status.unknownEntry {
            return APIError(.notReady, "\(Readiness.sentence(about: unknown)); meanwhile use another node")
        }
        let why = WhyNoLeader(status)
        if let why, why == .notJoined { return APIError(.notReady, "this node has no data: \(why); \(why.advice)") }
        let cause = why.map { " (no leader: \($0))" } ?? ""
        return APIError(
            .notReady,
            "this node has not caught up with a leader since it started\(cause) and could show older data than it did "
                + "before; try again, or use another node")
    }

    static func removed() -> APIError {
        APIError(
            .removed,
            "this node was removed from its cluster and serves nothing any more; use a member, or join this node again")
    }

    static func fenced(_ status: NodeStatus) -> APIError {
        APIError(.fenced, "\(status.fence.map(\.sentence) ?? "another cluster takes this node for its member")")
    }

    static func dataDiffer(_ status: NodeStatus) -> APIError {
        APIError(.dataDiffer, status.condemning?.sentenceOfSuspect ?? "this node holds other data than the others")
    }

    static func timedOut(isWrite: Bool, _ status: NodeStatus) -> APIError {
        let cause = WhyNoLeader(status).map { "; there is no leader now: \($0)" } ?? ""
        guard isWrite else { return APIError(.timeout, "the read was not answered in time; try again" + cause) }
        var error = APIError(
            .timeout,
            "the write was not acknowledged in time and may or may not take effect; read before retrying" + cause)
        error.applied = .unknown
        return error
    }

    static func shuttingDown() -> APIError {
        APIError(.shuttingDown, "this node is shutting down; use another")
    }

    static func storeFailed(_ failure: StoreFailure) -> APIError {
        APIError(.internal, "reading the store failed: \(failure)")
    }

    static func damagedRecord(_ error: CodecError) -> APIError {
        APIError(.internal, "the record cannot be read: \(error)")
    }

    /// No leader took a request in time. The words of raft-sample come first where there are some.
    static func noLeader(_ status: NodeStatus) -> APIError {
        guard let why = WhyNoLeader(status) else {
            var error = APIError(.noLeader, "the leader was not reached in time; try again")
            error.legacyMessage = "not the leader"
            return error
        }
        var error = APIError(.noLeader, "no leader: \(why); \(why.advice)")
        error.legacyMessage = "not the leader, and there is none: \(why); \(why.advice)"
        return error
    }

    static func failed(_ failure: RequestFailure, isWrite: Bool, _ status: @autoclosure () -> NodeStatus) -> APIError {
        switch failure {
        case .overloaded:
            // A follower passes on what the leader says.
            return overloaded(status().role == .leader ? "this node" : "this node or in the leader")
        case .noLeader:
            return noLeader(status())
        case .unknownOutcome:
            guard isWrite else {
                return APIError(.noLeader, "leadership changed before the read was confirmed; try again")
            }
            var error = APIError(
                .timeout,
                "leadership changed after the write entered the log, it may or may not take effect; read, then retry"
            )
            error.applied = .unknown
            return error
        case .shuttingDown:
            return shuttingDown()
        case .removed:
            return removed()
        case .fenced:
            return fenced(status())
        case .dataDiffer:
            return dataDiffer(status())
        case .unknownEntry:
            return notReady(status())
        case .notSupported:
            return APIError(
                .notSupported,
                "the leader does not know this kind of write, or not all members do yet: nothing was done; finish the "
                    + "upgrade of the members first")
        }
    }
}
