/// Every way a request can fail, as its `code` states it, and in one place what follows from it.
enum ErrorCode: String {
    /// The message is not HTTP/1.1 as its rules are, whatever it asks for.
    case badRequest = "bad_request"
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
    case unsupportedEncoding = "unsupported_encoding"
    case overloaded
    /// The connection is one beyond the limit.
    case tooManyConnections = "too_many_connections"
    case `internal`
    case notSupported = "not_supported"
    case noLeader = "no_leader"
    case notReady = "not_ready"
    case removed
    case fenced
    /// The data of this node are not those of the majority of its cluster.
    case dataDiffer = "data_differ"
    case shuttingDown = "shutting_down"
    case unreachable
    case timeout

    /// The status on `/v1`, and on every route with `legacyStatus=http`.
    var status: HTTPStatus {
        switch self {
        case .badRequest, .invalidArgument, .unknownParameter, .invalidJSON: .badRequest
        case .keyNotFound, .routeNotFound: .notFound
        case .methodNotAllowed: .methodNotAllowed
        case .requestTimeout: .requestTimeout
        case .nodeIDConflict, .joinerNotEmpty, .clusterMismatch, .membershipChangeInProgress, .wouldLoseQuorum:
            .conflict
        case .preconditionFailed: .preconditionFailed
        case .valueTooLarge, .requestTooLarge, .batchTooLarge: .contentTooLarge
        case .headerTooLarge: .requestHeaderFieldsTooLarge
        case .unsupportedEncoding: .unsupportedMediaType
        case .overloaded: .tooManyRequests
        case .internal: .internalServerError
        case .notSupported: .notImplemented
        case .tooManyConnections, .noLeader, .notReady, .removed, .fenced, .dataDiffer, .shuttingDown, .unreachable:
            .serviceUnavailable
        case .timeout: .gatewayTimeout
        }
    }

    /// The status on raft-sample's routes with `legacyStatus=compat`: 422, as raft-sample has it, for everything that
    /// raft-sample could refuse; that of `/v1` for new kinds of errors.
    var legacyStatus: HTTPStatus {
        switch self {
        case .invalidArgument, .unknownParameter, .invalidJSON, .keyNotFound, .nodeIDConflict, .joinerNotEmpty,
            .clusterMismatch, .membershipChangeInProgress, .wouldLoseQuorum, .preconditionFailed, .internal, .noLeader,
            .shuttingDown, .unreachable, .timeout:
            .unprocessableContent
        case .badRequest, .routeNotFound, .methodNotAllowed, .requestTimeout, .valueTooLarge, .requestTooLarge,
            .batchTooLarge, .headerTooLarge, .unsupportedEncoding, .overloaded, .tooManyConnections, .notSupported,
            .notReady, .removed, .fenced, .dataDiffer:
            status
        }
    }

    /// The answer carries `retry_after_ms` and `Retry-After`: nothing is wrong with the request itself.
    var invitesRetry: Bool {
        switch self {
        case .overloaded, .tooManyConnections, .noLeader, .notReady, .shuttingDown: true
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

    /// The text of raft-sample's web framework, which 404 and 405 carry next to ours.
    var frameworkMessage: StaticString? {
        switch status {
        case .notFound: "Not Found"
        case .methodNotAllowed: "Method Not Allowed"
        default: nil
        }
    }
}
