internal import KeyValue
internal import NIOCore
internal import NIOHTTP1

/// The request that a connection is receiving. One value per connection: its head is replaced by each request, and the
/// memory of the key stays, so that a request needs no allocation.
struct IncomingRequest {
    /// How the body is treated.
    enum BodyPlan: Hashable {
        /// It is collected for the route.
        case keep
        /// It is read and thrown away.
        case discard
        /// It is not worth waiting for: the request is answered at once, and the connection ends with that.
        case answerBefore
    }

    var head = RequestHead(timeoutMilliseconds: 0)
    /// The key of the record, decoded. For `POST /store` it comes out of the body.
    var key: [UInt8] = []
    /// As far as it has arrived and is kept.
    var body: ByteBuffer?

    /// Reads request line and header fields. After an error the head still has its surface and its flags, and `refusal`
    /// holds the error.
    mutating func begin(with head: HTTPRequestHead, _ services: LoopServices) {
        begin(services)
        self.head.isHead = head.method == .HEAD
        // The parser takes what follows a CONNECT for the content of a tunnel.
        self.head.closes = !head.isKeepAlive || head.method == .CONNECT
        self.head.announcesKeepAlive = head.isKeepAlive && head.version == .http1_0
        let method = RequestMethod(head.method)
        var uri = head.uri
        uri.withUTF8 { readTarget(UnsafeRawBufferPointer($0), method, services) }
        for (name, value) in head.headers {
            var name = name
            var value = value
            name.withUTF8 { name in
                value.withUTF8 { self.head.readField(UnsafeRawBufferPointer(name), UnsafeRawBufferPointer($0)) }
            }
        }
        // RFC 9110, 10.1.1: "A server that receives a 100-continue expectation in an HTTP/1.0 request MUST ignore it."
        if head.version == .http1_0 { self.head.expectsContinue = false }
        self.head.endFields(isHTTP10: head.version == .http1_0)
    }

    /// The same for the head at the beginning of `bytes`.
    mutating func begin(
        with head: borrowing PlainHead, in bytes: UnsafeRawBufferPointer, _ services: LoopServices
    ) {
        begin(services)
        self.head.isHead = head.method == .head
        readTarget(UnsafeRawBufferPointer(rebasing: bytes[head.target]), head.method, services)
        for place in 0..<head.fieldCount {
            let field = head.field(place)
            self.head.readField(
                UnsafeRawBufferPointer(rebasing: bytes[field.name]),
                UnsafeRawBufferPointer(rebasing: bytes[field.value]))
        }
        self.head.endFields(isHTTP10: false)
    }

    private mutating func begin(_ services: LoopServices) {
        head = RequestHead(timeoutMilliseconds: services.settings.requestTimeoutMilliseconds)
        key.removeAll(keepingCapacity: true)
    }

    private mutating func readTarget(
        _ bytes: UnsafeRawBufferPointer, _ method: RequestMethod, _ services: LoopServices
    ) {
        do throws(APIError) {
            let target = try RequestTarget(bytes, method)
            try readPath(target.path, method, services)
            if target.query.count > 0 { try head.readQuery(target.query, settings: services.settings) }
        } catch {
            head.refuse(error)
        }
    }

    /// Finds the route of a path and decodes the key in it.
    private mutating func readPath(
        _ path: UnsafeRawBufferPointer, _ method: RequestMethod, _ services: LoopServices
    ) throws(APIError) {
        let found = try RouteTable.find(path, method, surface: &head.surface)
        head.route = found.route
        head.consistency = found.route.consistency(services.settings)
        guard let encodedKey = found.key else { return }
        guard PercentEncoding.decode(encodedKey, into: &key) else {
            throw .invalidArgument("a '%' in the path is not followed by two hexadecimal digits; write %25")
        }
        switch head.surface {
        case .v1:
            // Any bytes, decoded exactly once, nothing trimmed or normalised.
            guard !key.isEmpty else { throw .invalidArgument("the key is empty; write it behind /v1/kv/") }
            guard key.count <= KeyValueLimits.keyBytesMax else { throw .keyTooLong() }
        case .legacy:
            try trimKey()
        }
    }

    /// raft-sample's routes take a key without the white space around it.
    mutating func trimKey() throws(APIError) {
        let kept = key.withUnsafeBytes { whole in
            let trimmed = whole.trimmingSpace
            guard trimmed.count < whole.count, let start = trimmed.baseAddress, let base = whole.baseAddress else {
                return 0..<trimmed.count
            }
            return (start - base)..<(start - base + trimmed.count)
        }
        if kept.count < key.count {
            key.removeSubrange(kept.upperBound...)
            key.removeSubrange(..<kept.lowerBound)
        }
        guard !key.isEmpty else { throw .invalidArgument("key is empty") }
        guard key.count <= KeyValueLimits.keyBytesMax else { throw .keyTooLong() }
    }

    /// Decides about the body by what the header says. A body that is stated to be too large is refused before it
    /// comes.
    mutating func planBody() -> BodyPlan {
        if let length = head.contentLength, length > 0 {
            if head.bodyBytesMax > 0, length > head.bodyBytesMax { head.refuse(head.bodyTooLarge) }
            if length > HTTPLimits.requestBytesMax {
                head.refuse(.requestTooLarge(limit: HTTPLimits.requestBytesMax))
                return .answerBefore
            }
        }
        // Whether a client that waits for `100 Continue` sends the body after a refusal is anybody's guess, so the
        // connection cannot go on.
        if head.isRefused {
            return head.expectsContinue || (head.isBodyUnwanted && head.hasBody) ? .answerBefore : .discard
        }
        return head.bodyBytesMax > 0 ? .keep : .discard
    }
}

extension APIError {
    static func keyTooLong() -> APIError {
        .invalidArgument("the key is longer than \(KeyValueLimits.keyBytesMax) bytes")
    }
}
