/// Whether a request that failed took effect.
enum Applied: String {
    case no, yes, unknown
    /// The first operations of a batch did, and no more will.
    case partly
}

/// Every way a request can fail, as its `code` states it, and in one place what follows from it.
enum ErrorCode: String {
    case invalidArgument = "invalid_argument"
    case unknownParameter = "unknown_parameter"
    case invalidJSON = "invalid_json"
    case keyNotFound = "key_not_found"
    case routeNotFound = "route_not_found"
    case methodNotAllowed = "method_not_allowed"
    case requestTimeout = "request_timeout"
    case nodeIDConflict = "node_id_conflict"
    case joinerNotEmpty = "joiner_not_empty"
    case clusterMismatch = "cluster_mismatch"
    case membershipChangeInProgress = "membership_change_in_progress"
    case wouldLoseQuorum = "would_lose_quorum"
    case preconditionFailed = "precondition_failed"
    case valueTooLarge = "value_too_large"
    case requestTooLarge = "request_too_large"
    case batchTooLarge = "batch_too_large"
    case headerTooLarge = "header_too_large"
    case overloaded
    case `internal`
    case notSupported = "not_supported"
    case noLeader = "no_leader"
    case shuttingDown = "shutting_down"
    case unreachable
    case timeout

    /// What `/v1` answers, and every route with `legacyStatus=http`.
    var status: HTTPStatus {
        switch self {
        case .invalidArgument, .unknownParameter, .invalidJSON: .badRequest
        case .keyNotFound, .routeNotFound: .notFound
        case .methodNotAllowed: .methodNotAllowed
        case .requestTimeout: .requestTimeout
        case .nodeIDConflict, .joinerNotEmpty, .clusterMismatch, .membershipChangeInProgress, .wouldLoseQuorum:
            .conflict
        case .preconditionFailed: .preconditionFailed
        case .valueTooLarge, .requestTooLarge, .batchTooLarge: .contentTooLarge
        case .headerTooLarge: .requestHeaderFieldsTooLarge
        case .overloaded: .tooManyRequests
        case .internal: .internalServerError
        case .notSupported: .notImplemented
        case .noLeader, .shuttingDown, .unreachable: .serviceUnavailable
        case .timeout: .gatewayTimeout
        }
    }

    /// What raft-sample's routes answer with `legacyStatus=compat`: 422, as raft-sample does, for all that raft-sample
    /// could refuse; the status of the table for what is new.
    var legacyStatus: HTTPStatus {
        switch self {
        case .invalidArgument, .unknownParameter, .invalidJSON, .keyNotFound, .nodeIDConflict, .joinerNotEmpty,
            .clusterMismatch, .membershipChangeInProgress, .wouldLoseQuorum, .preconditionFailed, .internal, .noLeader,
            .shuttingDown, .unreachable, .timeout:
            .unprocessableContent
        case .routeNotFound, .methodNotAllowed, .requestTimeout, .valueTooLarge, .requestTooLarge, .batchTooLarge,
            .headerTooLarge, .overloaded, .notSupported:
            status
        }
    }

    /// The answer carries `retry_after_ms` and `Retry-After`: nothing is wrong with the request itself.
    var invitesRetry: Bool {
        switch self {
        case .overloaded, .noLeader, .shuttingDown, .unreachable: true
        default: false
        }
    }

    /// The answer names the leader if one is known, because another node may do better.
    var namesLeader: Bool { invitesRetry || self == .timeout }

    /// raft-sample had answers for this, with nothing but `error` in them.
    var isKnownToRaftSample: Bool {
        switch self {
        case .invalidArgument, .invalidJSON, .keyNotFound: true
        default: false
        }
    }

    /// echo's text, which 404 and 405 carry beside ours.
    var echoMessage: StaticString? {
        switch status {
        case .notFound: "Not Found"
        case .methodNotAllowed: "Method Not Allowed"
        default: nil
        }
    }
}

/// The status codes that this server sends.
enum HTTPStatus: Int {
    case ok = 200
    case badRequest = 400
    case notFound = 404
    case methodNotAllowed = 405
    case requestTimeout = 408
    case conflict = 409
    case preconditionFailed = 412
    case contentTooLarge = 413
    case unprocessableContent = 422
    case tooManyRequests = 429
    case requestHeaderFieldsTooLarge = 431
    case internalServerError = 500
    case notImplemented = 501
    case serviceUnavailable = 503
    case gatewayTimeout = 504

    /// The status line without its line break.
    var line: StaticString {
        switch self {
        case .ok: "HTTP/1.1 200 OK"
        case .badRequest: "HTTP/1.1 400 Bad Request"
        case .notFound: "HTTP/1.1 404 Not Found"
        case .methodNotAllowed: "HTTP/1.1 405 Method Not Allowed"
        case .requestTimeout: "HTTP/1.1 408 Request Timeout"
        case .conflict: "HTTP/1.1 409 Conflict"
        case .preconditionFailed: "HTTP/1.1 412 Precondition Failed"
        case .contentTooLarge: "HTTP/1.1 413 Content Too Large"
        case .unprocessableContent: "HTTP/1.1 422 Unprocessable Entity"
        case .tooManyRequests: "HTTP/1.1 429 Too Many Requests"
        case .requestHeaderFieldsTooLarge: "HTTP/1.1 431 Request Header Fields Too Large"
        case .internalServerError: "HTTP/1.1 500 Internal Server Error"
        case .notImplemented: "HTTP/1.1 501 Not Implemented"
        case .serviceUnavailable: "HTTP/1.1 503 Service Unavailable"
        case .gatewayTimeout: "HTTP/1.1 504 Gateway Timeout"
        }
    }
}
