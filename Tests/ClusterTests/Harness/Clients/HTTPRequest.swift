/// A request of a test, encoded as HTTP/1.1.
struct HTTPRequest: Sendable {
    var method = "GET"
    /// Path and query, escaped.
    var target: String
    var headers: [(name: String, value: String)] = []
    /// Nil for a request with neither a body nor a `Content-Length`.
    var body: [UInt8]?

    init(
        _ method: String = "GET", _ target: String, headers: [(name: String, value: String)] = [],
        body: [UInt8]? = nil
    ) {
        self.method = method
        self.target = target
        self.headers = headers
        self.body = body
    }

    /// The same request as that of `curl -XPOST -H 'Content-Type: application/json' -d`.
    init(target: String, json: String) {
        self.init("POST", target, headers: [("Content-Type", "application/json")], body: Array(json.utf8))
    }

    var encoded: [UInt8] {
        var head = "\(method) \(target) HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        for header in headers { head += "\(header.name): \(header.value)\r\n" }
        if let body { head += "Content-Length: \(body.count)\r\n" }
        return Array((head + "\r\n").utf8) + (body ?? [])
    }
}
