/// Why a request, or an attempt to connect, failed.
enum FailureReason: Hashable, Sendable {
    /// An answer with this status, and the reason in its body, which may be empty.
    case status(Int, String)
    case timeout
    case connectTimeout
    case refused
    case reset
    case closed
    case badAnswer(String)
    case connecting(String)

    /// The text in reports.
    var text: String {
        switch self {
        case .status(let status, let code): code.isEmpty ? "\(status)" : "\(status) \(code)"
        case .timeout: "timeout"
        case .connectTimeout: "connect timeout"
        case .refused: "connection refused"
        case .reset: "connection reset"
        case .closed: "connection closed"
        case .badAnswer(let what): "bad answer: \(what)"
        case .connecting(let what): "cannot connect: \(what)"
        }
    }

    init(_ failure: ResponseFailure) {
        self =
            switch failure {
            case .notHTTP: .badAnswer("no HTTP response")
            case .headTooLarge: .badAnswer("header too large")
            case .bodyTooLarge: .badAnswer("body too large")
            case .badContentLength: .badAnswer("content length")
            case .badChunk: .badAnswer("chunked encoding")
            case .protocolSwitch: .badAnswer("protocol switch")
            case .unasked: .badAnswer("answer without a request")
            }
    }

    /// Whether the same request would be refused again, whenever it is sent. A refusal that depends on the state of the
    /// cluster or of a key is not final, nor is 422, with which raft-sample answers everything.
    var isFinal: Bool {
        switch self {
        // A batch of which a part failed.
        case .status(200, _), .status(501, _), .status(505, _): true
        case .status(let status, _):
            (400..<500).contains(status) && ![408, 409, 412, 421, 422, 423, 425, 429].contains(status)
        case .badAnswer: self == FailureReason(.notHTTP)
        case .timeout, .connectTimeout, .refused, .reset, .closed, .connecting: false
        }
    }

    /// Whether the reason concerns the connection to the server and not one request.
    var isOfConnection: Bool {
        switch self {
        case .status: false
        case .timeout, .connectTimeout, .refused, .reset, .closed, .badAnswer, .connecting: true
        }
    }
}
