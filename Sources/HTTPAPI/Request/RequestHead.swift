internal import KeyValue

/// The content of the request line and the header fields of one request. The next request replaces it as a whole, so
/// that nothing of one request reaches another.
struct RequestHead {
    /// Nil if there is nothing to do but to answer `refusal`.
    var route: (any Route.Type)?
    var surface = Surface.v1
    /// `HEAD`: the answer to `GET` without its body.
    var isHead = false
    /// The connection ends with the answer.
    var closes = false
    /// HTTP/1.0 wants to hear that the connection stays open.
    var announcesKeepAlive = false
    var expectsContinue = false
    /// The answer does not wait for the body, if there is one.
    var isBodyUnwanted = false
    /// The size of the body if the header states it.
    var contentLength: Int?
    /// What the header says about the message itself.
    var framing = Framing()
    /// The content type to store, empty for none.
    var contentType = ""
    /// The header has a content type, whether it is stored or not.
    var hasContentType = false
    var condition = Condition.none
    /// `atomic=true`: the operations of a batch together or not at all.
    var isAtomic = false
    /// `chunk=`: the most operations of a batch that travel as one group.
    var chunkOperations: Int?
    var consistency = ReadConsistency.linearizable
    /// A parameter has set `consistency`.
    var hasChosenConsistency = false
    /// `format=json`.
    var answersJSON = false
    var isVerbose = false
    /// `exclude=` of `/readyz`.
    var excludedCheck: Readiness.Name?
    /// From `timeout=`, or the setting.
    var timeoutMilliseconds: UInt64
    /// `timeout=` was given.
    var hasOwnTimeout = false

    /// The fields that RFC 9112 has rules about for every request.
    struct Framing {
        var hostCount = 0
        var hasTransferEncoding = false
        /// The last transfer coding so far is `chunked`.
        var isChunked = false
    }

    /// Boxed, because an error is large and seldom.
    private indirect enum Refusal {
        case because(APIError)
    }

    private var firstRefusal: Refusal?

    /// Why the request will not be carried out.
    var refusal: APIError? {
        guard case .because(let error) = firstRefusal else { return nil }
        return error
    }

    init(timeoutMilliseconds: UInt64) { self.timeoutMilliseconds = timeoutMilliseconds }

    var isRefused: Bool { firstRefusal != nil }

    /// Keeps the first reason; but a message that is not right itself is the reason before anything that its content
    /// asks for.
    mutating func refuse(_ error: APIError) {
        guard let refusal, refusal.code == .badRequest || error.code != .badRequest else {
            return firstRefusal = .because(error)
        }
    }

    var hasBody: Bool { contentLength.map { $0 > 0 } ?? framing.hasTransferEncoding }

    /// The largest body that is kept; 0 if the route ignores the body.
    var bodyBytesMax: Int { route?.bodyBytesMax ?? 0 }

    /// The answer to a body larger than `bodyBytesMax`.
    var bodyTooLarge: APIError { route?.bodyTooLarge ?? .requestTooLarge(limit: bodyBytesMax) }

    /// Joins conditions from several places. The same one twice is fine, two different ones cannot both hold.
    mutating func addCondition(_ added: Condition) throws(APIError) {
        guard condition == .none || condition == added else {
            throw .invalidArgument("the conditions contradict each other; give one of cas, If-Match and If-None-Match")
        }
        if let route, !route.takesAbsence, added == .absent {
            throw .invalidArgument("a delete cannot ask for an absent key")
        }
        condition = added
    }
}
