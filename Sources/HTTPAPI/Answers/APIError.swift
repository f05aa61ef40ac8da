internal import HotPath
internal import KeyValue

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

    static func preconditionFailed(currentRevision: UInt64) -> APIError {
        let found = currentRevision == 0 ? "the key is absent" : "the key is at revision \(currentRevision)"
        var error = APIError(.preconditionFailed, "\(found), which is not what the condition asks for")
        error.currentRevision = currentRevision
        return error
    }

    static func overloaded() -> APIError {
        APIError(.overloaded, "too many requests wait in this node; try again later")
    }

    static func notReady() -> APIError {
        APIError(
            .notReady,
            "this node has not caught up with a leader since it started and could show older data than it did before; "
                + "try again, or use another node")
    }

    static func removed() -> APIError {
        APIError(
            .removed,
            "this node was removed from its cluster and serves nothing any more; use a member, or join this node again")
    }

    static func timedOut(isWrite: Bool) -> APIError {
        guard isWrite else { return APIError(.timeout, "the read was not answered in time; try again") }
        var error = APIError(
            .timeout, "the write was not acknowledged in time and may or may not take effect; read before retrying")
        error.applied = .unknown
        return error
    }

    static func storeFailed(_ failure: StoreFailure) -> APIError {
        APIError(.internal, "reading the store failed: \(failure)")
    }

    static func damagedRecord(_ error: CodecError) -> APIError {
        APIError(.internal, "the record cannot be read: \(error)")
    }

    static func failed(_ failure: RequestFailure, isWrite: Bool) -> APIError {
        switch failure {
        case .overloaded:
            return overloaded()
        case .noLeader:
            var error = APIError(.noLeader, "no leader is known, an election may be in progress; try again")
            error.legacyMessage = "not the leader"
            return error
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
            return APIError(.shuttingDown, "this node is shutting down; use another")
        case .removed:
            return removed()
        }
    }
}
