import Foundation
import Testing

struct HTTPRequest: Sendable {
    var method = "GET"
    /// Path and query as they go over the wire.
    var target: String
    var headers: [(name: String, value: String)] = []
    /// Nil: neither body nor Content-Length.
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

    /// As `curl -XPOST -H 'Content-Type: application/json' -d` sends it.
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

struct HTTPResponse: Sendable {
    let status: Int
    let reason: String
    let headers: [(name: String, value: String)]
    let body: [UInt8]

    var text: String { String(decoding: body, as: UTF8.self) }

    /// The first header of that name, whatever its case.
    func header(_ name: String) -> String? {
        headers.first { $0.name.lowercased() == name.lowercased() }?.value
    }

    var endsConnection: Bool { header("Connection")?.lowercased() == "close" }

    /// The body as an object; empty if it is none.
    var json: [String: Any] {
        do {
            return try JSONSerialization.jsonObject(with: Data(body)) as? [String: Any] ?? [:]
        } catch {
            return [:]
        }
    }

    var error: String? { json["error"] as? String }
    var code: String? { json["code"] as? String }
    /// `no`, `yes` or `unknown`.
    var applied: String? { json["applied"] as? String }

    /// The revision that the body of a `/v1` answer states.
    var revision: UInt64? { (json["revision"] as? NSNumber)?.uint64Value }
}

extension HTTPResponse: CustomTestStringConvertible {
    var testDescription: String {
        let fields = headers.map { "\($0.name): \($0.value)" }.joined(separator: " | ")
        return "\(status) \(reason) [\(fields)] \(text.prefix(600))"
    }
}

/// Keys in request targets.
enum KeyTarget {
    /// `/v1/kv/` and the key with everything escaped but what never needs it.
    static func v1(_ key: some Collection<UInt8>, query: String = "") -> String {
        "/v1/kv/" + escaped(key) + (query.isEmpty ? "" : "?" + query)
    }

    static func v1(_ key: String, query: String = "") -> String { v1(Array(key.utf8), query: query) }

    static func escaped(_ key: some Collection<UInt8>) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var bytes: [UInt8] = []
        for byte in key {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
                bytes.append(byte)
            default:
                bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
