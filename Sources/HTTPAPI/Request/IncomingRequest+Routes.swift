internal import KeyValue
internal import NIOHTTP1

extension IncomingRequest {
    /// Finds the route of a path and decodes the key in it.
    mutating func readPath(
        _ path: UnsafeRawBufferPointer, method: HTTPMethod, settings: HTTPServerSettings
    ) throws(APIError) {
        if path.hasPrefix("/v1/kv/") {
            try routeKV(method, path)
            try readKey(UnsafeRawBufferPointer(rebasing: path[7...]))
            return
        }
        let known = path.count > 1 && path[path.count - 1] == UInt8(ascii: "/") ? path.count - 1 : path.count
        let shortened = UnsafeRawBufferPointer(rebasing: path[..<known])
        if shortened.hasPrefix("/store") {
            try routeStore(method, shortened, settings)
        } else if shortened.hasPrefix("/raft/") || shortened.hasPrefix("/debug/pprof") {
            try routeRaft(method, shortened)
        } else {
            try routeOperations(method, shortened)
        }
    }

    private mutating func routeKV(_ method: HTTPMethod, _ path: UnsafeRawBufferPointer) throws(APIError) {
        switch method {
        case .GET, .HEAD: route = .readKV
        case .PUT: route = .putKV
        case .DELETE: route = .deleteKV
        case .POST where path.count > 5 && UnsafeRawBufferPointer(rebasing: path[(path.count - 5)...]).equals("/incr"):
            throw .notSupported("the increment of a key")
        default: throw .methodNotAllowed("GET, HEAD, PUT, DELETE")
        }
    }

    /// The key of a `/v1` path: any bytes, decoded exactly once, nothing trimmed or normalised.
    private mutating func readKey(_ encoded: UnsafeRawBufferPointer) throws(APIError) {
        guard PercentEncoding.decode(encoded, into: &key) else {
            throw .invalidArgument("a '%' in the path is not followed by two hexadecimal digits; write %25")
        }
        guard !key.isEmpty else { throw .invalidArgument("the key is empty; write it behind /v1/kv/") }
        guard key.count <= KeyValueLimits.keyBytesMax else { throw .keyTooLong() }
    }

    private mutating func routeStore(
        _ method: HTTPMethod, _ path: UnsafeRawBufferPointer, _ settings: HTTPServerSettings
    ) throws(APIError) {
        if path.count == 6 {
            surface = .legacy
            guard method == .POST else { throw .methodNotAllowed("POST") }
            route = .putStore
            return
        }
        guard path[6] == UInt8(ascii: "/") else { throw .routeNotFound() }
        surface = .legacy
        switch method {
        case .GET:
            route = .readStore
            consistency = settings.legacyRead
        case .DELETE: route = .deleteStore
        default: throw .methodNotAllowed("GET, DELETE")
        }
        guard PercentEncoding.decode(UnsafeRawBufferPointer(rebasing: path[7...]), into: &key) else {
            throw .invalidArgument("a '%' in the path is not followed by two hexadecimal digits; write %25")
        }
        try trimKey()
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

    private mutating func routeRaft(_ method: HTTPMethod, _ path: UnsafeRawBufferPointer) throws(APIError) {
        if path.equals("/raft/join") {
            surface = .legacy
            guard method == .POST else { throw .methodNotAllowed("POST") }
            route = .join
        } else if path.equals("/raft/remove") {
            surface = .legacy
            guard method == .POST else { throw .methodNotAllowed("POST") }
            route = .remove
        } else if path.equals("/raft/stats") {
            surface = .legacy
            guard method == .GET else { throw .methodNotAllowed("GET") }
            route = .stats
        } else if path.equals("/debug/pprof") || path.hasPrefix("/debug/pprof/") {
            throw APIError(.notSupported, "there are no Go profiles here; use GET /raft/stats, or perf on the process")
        } else {
            throw .routeNotFound()
        }
    }

    private mutating func routeOperations(_ method: HTTPMethod, _ path: UnsafeRawBufferPointer) throws(APIError) {
        if path.equals("/v1/batch") {
            guard method == .POST else { throw .methodNotAllowed("POST") }
            route = .batch
            return
        }
        let found: Route
        if path.equals("/livez") {
            found = .livez
        } else if path.equals("/readyz") {
            found = .readyz
        } else if path.equals("/health") {
            found = .health
        } else if path.equals("/version") {
            found = .version
        } else if path.equals("/") {
            found = .index
        } else if path.equals("/v1/kv") {
            throw .notSupported("listing keys")
        } else {
            throw .routeNotFound(isV1: path.equals("/v1") || path.hasPrefix("/v1/"))
        }
        guard method == .GET || method == .HEAD else { throw .methodNotAllowed("GET, HEAD") }
        route = found
    }
}

extension APIError {
    /// Outside `/v1` the answer is echo's, byte for byte.
    static func routeNotFound(isV1: Bool = false) -> APIError {
        var error = APIError(.routeNotFound, "there is no such route; GET / lists those there are")
        error.isBareEcho = !isV1
        return error
    }

    static func keyTooLong() -> APIError {
        .invalidArgument("the key is longer than \(KeyValueLimits.keyBytesMax) bytes")
    }
}
