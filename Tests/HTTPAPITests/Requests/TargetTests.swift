import HotPath
import KeyValue
import Testing

@testable import HTTPAPI

/// Every input goes through both ways of reading a head, which have to agree.
@Suite("Where a request is meant to go")
struct TargetTests {
    /// A request line without its version, the status, and a part of the answer.
    static let targets: [(String, Int, String)] = [
        ("GET http://h", 200, #""name":"skiff""#),
        ("GET http://h/", 200, #""name":"skiff""#),
        ("GET HTTP://h:2221/livez", 200, "ok"),
        ("GET https://h/livez", 200, "ok"),
        ("GET HttpS://[::1]:2221/livez", 200, "ok"),
        ("GET http://h?pretty", 200, #""name":"skiff""#),
        ("GET http://h?x=1", 400, "no parameter 'x'"),
        ("GET http://h?next=/v1/kv/victim", 400, "no parameter 'next'"),
        ("DELETE http://h?next=/v1/kv/victim", 405, "this route takes GET, HEAD"),
        ("PUT http://h?/v1/kv/victim", 405, "this route takes GET, HEAD"),
        ("DELETE http://h", 405, "this route takes GET, HEAD"),
        ("DELETE http://h/?/v1/kv/victim", 405, "this route takes GET, HEAD"),
        ("DELETE http://h#/v1/kv/victim", 400, "holds a '#'"),
        ("GET http://h/#f", 400, "holds a '#'"),
        ("GET /livez#f", 400, "holds a '#'"),
        ("DELETE http://user@h/v1/kv/victim", 400, "no valid host"),
        ("DELETE http://user:word@h/v1/kv/victim", 400, "no valid host"),
        ("DELETE http:///v1/kv/victim", 400, "no valid host"),
        ("DELETE http://:80/v1/kv/victim", 400, "no valid host"),
        ("DELETE http://h:8x/v1/kv/victim", 400, "no valid host"),
        ("DELETE http://h,g:8:9/v1/kv/victim", 400, "no valid host"),
        ("DELETE http://h:65536/v1/kv/victim", 400, "no valid host"),
        ("DELETE http://[::1]:99999999999999999999/v1/kv/victim", 400, "no valid host"),
        ("GET http://h:65535/livez", 200, "ok"),
        ("GET //", 404, "GET / lists"),
        ("GET ///", 404, "GET / lists"),
        ("GET //livez", 404, "begins with two slashes"),
        ("GET http://h//", 404, "GET / lists"),
        ("DELETE //", 404, "GET / lists"),
        ("GET /livez/", 200, "ok"),
        ("GET /livez//", 404, "no such route"),
        ("DELETE http://::1/v1/kv/victim", 400, "no valid host"),
        ("DELETE http://[]/v1/kv/victim", 400, "no valid host"),
        ("DELETE http:/v1/kv/victim", 400, "begins with a slash"),
        ("DELETE http:v1/kv/victim", 400, "begins with a slash"),
        ("DELETE ftp://h/v1/kv/victim", 400, "http or https"),
        ("DELETE skiff://h/v1/kv/victim", 400, "http or https"),
        ("DELETE h:80", 400, "begins with a slash"),
        ("DELETE h", 400, "begins with a slash"),
        ("DELETE v1/kv/victim", 400, "begins with a slash"),
        ("DELETE ?/v1/kv/victim", 400, "begins with a slash"),
        ("DELETE *", 400, "begins with a slash"),
        ("OPTIONS *", 405, "this route takes GET, HEAD, PUT, POST, DELETE"),
        ("CONNECT h:80", 405, "this route takes GET, HEAD, PUT, POST, DELETE"),
        ("OPTIONS /v1/kv/victim", 405, "this route takes GET, HEAD, PUT, DELETE"),
        ("DELETE //h/v1/kv/victim", 404, "begins with two slashes"),
        ("DELETE http://h//v1/kv/victim", 404, "begins with two slashes"),
        ("DELETE /x/../v1/kv/victim", 404, "no such route"),
        ("DELETE /./v1/kv/victim", 404, "no such route"),
        ("DELETE /v1%2Fkv%2Fvictim", 404, "no such route"),
        ("DELETE /v1/kv%2Fvictim", 404, "no such route"),
        ("DELETE /%76%31/kv/victim", 404, "no such route"),
        ("DELETE /V1/kv/victim", 404, "no such route"),
        ("DELETE /v1/kv/vic\ttim", 400, "percent-encode"),
        ("DELETE /v1/kv/vic\u{1}tim", 400, "percent-encode"),
        ("DELETE /v1/kv/vic\u{7F}tim", 400, "percent-encode"),
        ("DELETE /v1/kv/\u{E4}", 400, "percent-encode"),
        ("DELETE /v1/kv/vic tim", 400, "write %20"),
    ]

    @Test("A target is the path that it says, in each of its forms, or it is refused", arguments: targets)
    func target(_ line: String, _ status: Int, _ part: String) throws {
        let (plain, decoded) = try ConnectionOutcome.ofBothWays("\(line) HTTP/1.1\r\nHost: h\r\n\r\n")

        #expect(plain == decoded)
        #expect(try plain.first.status == status)
        let body = try plain.first.body
        let isFramework = status == 404 && body == #"{"message":"Not Found"}"# + "\n"
        #expect(body.contains(part) || isFramework, "\(body)")
        // The request after it, if there was an answer to that.
        #expect(plain.submissions.allSatisfy { $0.hasPrefix("read") })
    }

    @Test("A key is what stands after its prefix, dots and slashes included, in each form of the target")
    func keys() throws {
        for (target, key) in [
            ("/v1/kv/a", "a"), ("http://h/v1/kv/a", "a"), ("HTTPS://h:1/v1/kv/a?prev", nil), ("/v1/kv//a", "/a"),
            ("/v1/kv/../a", "../a"), ("/v1/kv/.", "."), ("/v1/kv/a/", "a/"), ("/v1/kv/a%2Fb", "a/b"),
            ("/v1/kv/%2E%2e", ".."), ("/v1/kv/a%252F", "a%2F"), ("/v1/kv/http://h/v1/kv/b", "http://h/v1/kv/b"),
            ("http://h/v1/kv/http://g?cas=1", "http://g"), ("/v1/kv/a\\b|\"<>^`{}", "a\\b|\"<>^`{}"),
        ] as [(String, String?)] {
            let (plain, decoded) = try ConnectionOutcome.ofBothWays("DELETE \(target) HTTP/1.1\r\nHost: h\r\n\r\n")
            let isDelete = plain.submissions.count == 2

            #expect(plain == decoded)
            #expect(isDelete == (key != nil), "\(target): \(plain.answers)")
            if let key { #expect(plain.submissions[0].contains(" \(Array(key.utf8)) ")) }
        }
    }

    static let hosts: [(String, Int, String)] = [
        ("Host: h\r\n", 200, ""), ("host:h\r\n", 200, ""), ("HOST: \th:2221 \t\r\n", 200, ""), ("Host:\r\n", 200, ""),
        ("Host: h:\r\n", 200, ""), ("Host: 127.0.0.1:2221\r\n", 200, ""), ("Host: [::1]:2221\r\n", 200, ""),
        ("Host: h:65535\r\n", 200, ""), ("Host: h:0065535\r\n", 200, ""),
        ("Host: h:65536\r\n", 400, "a port up to 65535"), ("Host: [::1]:70000\r\n", 400, "a port up to 65535"),
        ("Host: h:99999999999999999999\r\n", 400, "a port up to 65535"),
        ("Host: skiff_node1.a-b.c~d\r\n", 200, ""), ("Host: %C3%A4\r\n", 200, ""), ("Host: a,b\r\n", 200, ""),
        ("", 400, "has no Host"), ("X-Host: h\r\n", 400, "has no Host"),
        ("Host: h\r\nHost: h\r\n", 400, "several Host fields"),
        ("Host: h\r\nA: b\r\nhost: g\r\n", 400, "several Host fields"),
        ("Host: h\r\nHost:\r\n", 400, "several Host fields"),
        ("Host: a b\r\n", 400, "value of Host"), ("Host: a, b\r\n", 400, "value of Host"),
        ("Host: user@h\r\n", 400, "value of Host"), ("Host: http://h\r\n", 400, "value of Host"),
        ("Host: h/\r\n", 400, "value of Host"), ("Host: h:8x\r\n", 400, "value of Host"),
        ("Host: ::1\r\n", 400, "value of Host"), ("Host: [::1\r\n", 400, "value of Host"),
        ("Host: [::1]x\r\n", 400, "value of Host"), ("Host: a%2\r\n", 400, "value of Host"),
        ("Host: a%zz\r\n", 400, "value of Host"), ("Host: \u{E4}\r\n", 400, "value of Host"),
        ("Host: h?x\r\n", 400, "value of Host"), ("Host: \"h\"\r\n", 400, "value of Host"),
    ]

    @Test("HTTP/1.1 asks for one Host, which is a host", arguments: hosts)
    func host(_ fields: String, _ status: Int, _ part: String) throws {
        for (line, body) in [
            ("GET /livez", ""), ("PUT /v1/kv/a", "x"), ("PUT http://h/v1/kv/a", "x"), ("POST /store", #"{"key":"a"}"#),
            ("DELETE /store/a", ""), ("GET /nowhere", ""),
        ] {
            let text = "\(line) HTTP/1.1\r\n\(fields)Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
            let (plain, decoded) = try ConnectionOutcome.ofBothWays(text)

            #expect(plain == decoded)
            let isRouted = status == 200
            #expect(try plain.first.status == (isRouted && line == "GET /nowhere" ? 404 : status), "\(line)")
            if !isRouted {
                #expect(try plain.first.body.contains(part))
                #expect(try plain.first.body.contains(#""code":"bad_request","applied":"no""#))
                #expect(plain.submissions.allSatisfy { $0.hasPrefix("read") })
            }
        }
    }

    @Test("HTTP/1.0 needs no Host, and may not have two")
    func oldVersion() throws {
        for (fields, status) in [
            ("", 200), ("Host: h\r\n", 200), ("Host: a\r\nHost: a\r\n", 400), ("Host: a b\r\n", 400),
        ] {
            let (plain, decoded) = try ConnectionOutcome.ofBothWays("GET /livez HTTP/1.0\r\n\(fields)\r\n")

            #expect(plain == decoded)
            #expect(try plain.first.status == status)
        }
    }
}
