internal import KeyValue
internal import NIOHTTP1

/// What a connection knows of the request that it is receiving. One value per connection, filled anew by each request,
/// so that a request needs no allocation of its own.
struct IncomingRequest {
    /// Which promises the answer keeps: `/v1` or raft-sample's.
    enum Surface {
        case v1, legacy
    }

    enum Route {
        case readKV, putKV, deleteKV
        case batch
        case putStore, readStore, deleteStore
        case join, remove, stats
        case livez, readyz, health, version, index
        /// Nothing to do but to answer `refusal`.
        case none

        /// The largest body that this route takes; 0 if it ignores the body.
        var bodyBytesMax: Int {
            switch self {
            case .putKV: KeyValueLimits.valueBytesMax
            case .putStore, .batch: HTTPLimits.requestBytesMax
            case .join, .remove: HTTPLimits.controlBytesMax
            case .readKV, .deleteKV, .readStore, .deleteStore, .stats, .livez, .readyz, .health, .version, .index,
                .none:
                0
            }
        }

        /// The answer to a body larger than `bodyBytesMax`.
        var bodyTooLarge: APIError {
            self == .putKV ? .valueTooLarge() : .requestTooLarge(limit: bodyBytesMax)
        }
    }

    var route = Route.none
    var surface = Surface.v1
    /// The key of the record, decoded. For `POST /store` it comes out of the body.
    var key: [UInt8] = []
    /// As the request line spelled it; `HEAD` is answered without a body.
    var isHead = false
    /// The connection ends with the answer.
    var closes = false
    /// HTTP/1.0 wants to hear that the connection stays open.
    var announcesKeepAlive = false
    var expectsContinue = false
    /// The size of the body if the header states it.
    var contentLength: Int?
    /// The content type to store, empty for none.
    var contentType = ""
    var condition = Condition.none
    /// `atomic=true`: the operations of a batch together or not at all.
    var isAtomic = false
    /// `chunk=`: how many operations of a batch travel as one group at most.
    var chunkOperations: Int?
    var consistency = ReadConsistency.linearizable
    /// A parameter has set `consistency`.
    var hasChosenConsistency = false
    /// `format=json`.
    var answersJSON = false
    var isVerbose = false
    /// `exclude=` of `/readyz`, decoded.
    var excludedCheck: [UInt8] = []
    /// From `timeout=`, or the setting.
    var timeoutMilliseconds: UInt64 = 0
    /// `timeout=` was given.
    var hasOwnTimeout = false
    /// Why the request will not be carried out.
    var refusal: APIError?

    /// Reads request line and header fields. After an error the request still has its surface and its flags, and
    /// `refusal` holds the error.
    mutating func begin(with head: HTTPRequestHead, settings: HTTPServerSettings) {
        reset(settings)
        isHead = head.method == .HEAD
        closes = !head.isKeepAlive
        announcesKeepAlive = !closes && head.version == .http1_0
        let method = head.method
        var uri = head.uri
        uri.withUTF8 { readTarget(UnsafeRawBufferPointer($0), method: method, settings: settings) }
        for (name, value) in head.headers {
            var name = name
            var value = value
            name.withUTF8 { name in
                value.withUTF8 { readField(UnsafeRawBufferPointer(name), UnsafeRawBufferPointer($0)) }
            }
        }
        // RFC 9110, 10.1.1: "A server that receives a 100-continue expectation in an HTTP/1.0 request MUST ignore it."
        if head.version == .http1_0 { expectsContinue = false }
    }

    /// The same for the head at the beginning of `bytes`.
    mutating func begin(
        with head: borrowing PlainHead, in bytes: UnsafeRawBufferPointer, settings: HTTPServerSettings
    ) {
        reset(settings)
        isHead = head.method == .HEAD
        closes = false
        announcesKeepAlive = false
        readTarget(UnsafeRawBufferPointer(rebasing: bytes[head.target]), method: head.method, settings: settings)
        for place in 0..<head.fieldCount {
            let field = head.field(place)
            readField(
                UnsafeRawBufferPointer(rebasing: bytes[field.name]),
                UnsafeRawBufferPointer(rebasing: bytes[field.value]))
        }
    }

    private mutating func readTarget(
        _ bytes: UnsafeRawBufferPointer, method: HTTPMethod, settings: HTTPServerSettings
    ) {
        do throws(APIError) {
            let target = try RequestTarget(bytes)
            try readPath(target.path, method: method, settings: settings)
            try readQuery(target.query, settings: settings)
        } catch {
            refuse(error)
        }
    }

    /// Keeps the first reason.
    mutating func refuse(_ error: APIError) {
        if refusal == nil { refusal = error }
    }

    private mutating func reset(_ settings: HTTPServerSettings) {
        route = .none
        surface = .v1
        key.removeAll(keepingCapacity: true)
        expectsContinue = false
        contentLength = nil
        contentType = ""
        condition = .none
        isAtomic = false
        chunkOperations = nil
        consistency = .linearizable
        hasChosenConsistency = false
        answersJSON = false
        isVerbose = false
        excludedCheck.removeAll()
        timeoutMilliseconds = settings.requestTimeoutMilliseconds
        hasOwnTimeout = false
        refusal = nil
    }
}
