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
    case unsupportedMediaType = 415
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
        case .unsupportedMediaType: "HTTP/1.1 415 Unsupported Media Type"
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
