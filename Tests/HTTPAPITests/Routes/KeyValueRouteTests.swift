import HotPath
import KeyValue
import RaftCore
import Testing

@testable import HTTPAPI

@Suite("/v1/kv/{key}")
struct KeyValueRouteTests {
    private let node = EmbeddedNode()
    private let connection: Connection

    init() throws {
        node.answersAtOnce()
        node.board.publish(appliedIndex: LogIndex(17), revision: 5)
        connection = try node.connect()
    }

    private func put(_ key: String, _ value: String, _ fields: [String] = [], query: String = "") throws -> Answer {
        try connection.request("PUT", "/v1/kv/\(key)\(query)", fields, body: value)
    }

    // MARK: Answers

    @Test("A put answers with key and revision, byte for byte")
    func goldenPut() throws {
        try connection.send(Connection.text("PUT", "/v1/kv/a/b", body: "hello"))
        #expect(
            try connection.received() == """
                HTTP/1.1 200 OK\r
                Content-Type: application/json; charset=UTF-8\r
                Content-Length: 27\r
                X-Skiff-Revision: 1\r
                ETag: "1"\r
                X-Skiff-Node: node1\r
                X-Skiff-Leader: node1\r
                X-Skiff-Term: 2\r
                X-Skiff-Index: 17\r
                \r
                {"key":"a/b","revision":1}

                """)
    }

    @Test("A get answers with the value and its metadata, byte for byte")
    func goldenGet() throws {
        _ = try put("a", "hello", ["Content-Type: text/plain"])
        try connection.send(Connection.text("GET", "/v1/kv/a"))
        #expect(
            try connection.received() == """
                HTTP/1.1 200 OK\r
                Content-Type: text/plain\r
                Content-Length: 5\r
                X-Skiff-Revision: 1\r
                ETag: "1"\r
                X-Content-Type-Options: nosniff\r
                X-Skiff-Consistency: linearizable\r
                X-Skiff-Node: node1\r
                X-Skiff-Leader: node1\r
                X-Skiff-Term: 2\r
                X-Skiff-Index: 17\r
                \r
                hello
                """)
    }

    @Test("A head answers as a get without the body")
    func head() throws {
        _ = try put("a", "hello")

        try connection.send(Connection.text("HEAD", "/v1/kv/a"))
        let found = try Answer(try connection.received(), isHead: true)
        #expect(found.status == 200)
        #expect(found["Content-Length"] == "5")
        #expect(found["Content-Type"] == "application/octet-stream")
        #expect(found.rest.isEmpty)

        try connection.send(Connection.text("HEAD", "/v1/kv/absent"))
        let absent = try Answer(try connection.received(), isHead: true)
        #expect(absent.status == 404)
        #expect(absent.rest.isEmpty)
    }

    @Test("A delete says whether there was something")
    func delete() throws {
        _ = try put("a", "x")
        #expect(try connection.request("DELETE", "/v1/kv/a").body == #"{"deleted":1,"revision":2}"# + "\n")
        #expect(try connection.request("DELETE", "/v1/kv/a").body == #"{"deleted":0,"revision":2}"# + "\n")
        #expect(node.replica.submissions.last?.header?.reportsExistence == true)
    }

    @Test("An absent key is 404 with the framework's message next to ours")
    func absent() throws {
        let answer = try connection.request("GET", "/v1/kv/nope")
        #expect(answer.status == 404)
        #expect(
            answer.body
                == #"{"error":"the key does not exist","code":"key_not_found","applied":"no","message":"Not Found"}"#
                + "\n")
        #expect(answer["X-Skiff-Node"] == "node1")
    }

    @Test("Values of POST /store read as JSON text")
    func jsonValue() throws {
        _ = try connection.request("POST", "/store", body: #"{"key":"j","value":{"b": 1}}"#)
        let answer = try connection.request("GET", "/v1/kv/j")
        #expect(answer.body == #"{"b": 1}"#)
        #expect(answer["Content-Type"] == "application/json")
    }

    @Test("format=json shows record and metadata")
    func formatJSON() throws {
        _ = try put("a", "x\"", ["Content-Type: text/plain"])
        _ = try connection.request("POST", "/store", body: #"{"key":"j","value":[1]}"#)
        try connection.send(Array("PUT /v1/kv/%ff HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\n".utf8) + [0xFF])
        #expect(try Answer(try connection.received()).body == #"{"key_base64":"/w==","revision":3}"# + "\n")

        #expect(
            try connection.request("GET", "/v1/kv/a?format=json").body
                == #"{"key":"a","value":"x\"","revision":1,"expires_in_ms":null,"content_type":"text/plain"}"# + "\n")
        #expect(
            try connection.request("GET", "/v1/kv/j?format=json").body
                == #"{"key":"j","value":[1],"revision":2,"expires_in_ms":null,"content_type":null}"# + "\n")
        #expect(
            try connection.request("GET", "/v1/kv/%FF?format=json").body
                == #"{"key_base64":"/w==","value_base64":"/w==","revision":3,"expires_in_ms":null,"content_type":null}"#
                + "\n")
    }

    // MARK: Keys

    static let keys: [(String, [UInt8])] = [
        ("a", Array("a".utf8)), ("a/", Array("a/".utf8)), ("/a", Array("/a".utf8)), ("a//b", Array("a//b".utf8)),
        ("a%2Fb", Array("a/b".utf8)), ("%00", [0]), ("..", Array("..".utf8)), ("../a", Array("../a".utf8)),
        ("./a", Array("./a".utf8)), ("%2e%2e", Array("..".utf8)), ("%252F", Array("%2F".utf8)),
        ("a+b", Array("a+b".utf8)),
        ("%20", [0x20]), ("%FF%FE", [0xFF, 0xFE]), ("%C3%A9", Array("é".utf8)),
        ("%EF%BF%BD", [0xEF, 0xBF, 0xBD]), ("incr", Array("incr".utf8)), ("a;b=c", Array("a;b=c".utf8)),
    ]

    @Test("Keys are the decoded bytes after the prefix, whatever they are", arguments: keys)
    func keyBytes(_ encoded: String, _ expected: [UInt8]) throws {
        let answer = try put(encoded, "v")

        #expect(answer.status == 200)
        #expect(node.replica.submissions.last?.key == expected)
        #expect(try connection.request("GET", "/v1/kv/\(encoded)?stale").body == "v")
    }

    @Test("Keys that cannot be are refused", arguments: ["", "%", "%2", "%zz", "a%", "a#b"])
    func badKeys(_ encoded: String) throws {
        let answer = try put(encoded, "v")
        #expect(answer.status == 400)
        #expect(answer.body.contains(encoded == "a#b" ? #""code":"bad_request""# : #""code":"invalid_argument""#))
        #expect(node.replica.submissions.isEmpty)
        #expect(try connection.request("GET", "/livez").status == 200)
    }

    @Test("Bytes beyond ASCII must be percent-encoded", arguments: [[0xFF], Array("é".utf8), [0xEF, 0xBF, 0xBD]])
    func rawBytes(_ bytes: [UInt8]) throws {
        try connection.send(Array("GET /v1/kv/a".utf8) + bytes + Array(" HTTP/1.1\r\nHost: x\r\n\r\n".utf8))
        let answer = try Answer(try connection.received())
        #expect(answer.status == 400)
        #expect(answer.body.contains("percent-encode"))
    }

    @Test("The longest key is taken, encoded or not, and one byte more refused")
    func keyLength() throws {
        let longest = KeyValueLimits.keyBytesMax
        #expect(try put(String(repeating: "k", count: longest), "v").status == 200)
        #expect(try put(String(repeating: "%00", count: longest), "v").status == 200)
        #expect(try put(String(repeating: "k", count: longest + 1), "v").status == 400)
    }

    // MARK: Values

    @Test("An empty value is a value")
    func emptyValue() throws {
        #expect(try put("a", "").status == 200)
        #expect(try connection.request("PUT", "/v1/kv/b").status == 200)
        #expect(try connection.request("GET", "/v1/kv/b").body.isEmpty)
    }

    @Test("The largest value is taken and one byte more refused, and the connection stays usable")
    func valueLength() throws {
        let largest = String(repeating: "v", count: KeyValueLimits.valueBytesMax)
        #expect(try put("a", largest).status == 200)
        let answer = try put("a", largest + "v")
        #expect(answer.status == 413)
        #expect(answer.body.contains(#""code":"value_too_large","applied":"no","limit":1048576"#))
        #expect(connection.isOpen)
        #expect(try connection.request("GET", "/v1/kv/a").body == largest)
    }

    @Test("A chunked body is taken, and cut off at the same limit")
    func chunked() throws {
        try connection.send("PUT /v1/kv/a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n")
        try connection.send("2;x=y\r\nde\r\n0\r\nTrailer: t\r\n\r\n")
        #expect(try Answer(try connection.received()).status == 200)
        #expect(node.replica.submissions.last?.value == Array("abcde".utf8))

        let chunk = "10000\r\n" + String(repeating: "x", count: 0x10000) + "\r\n"
        try connection.send("PUT /v1/kv/a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
        for _ in 0..<17 { try connection.send(chunk) }
        try connection.send("0\r\n\r\n")
        #expect(try Answer(try connection.received()).status == 413)
        #expect(connection.isOpen)
        #expect(node.services.bodies.bytes == 0)
    }

    @Test("Content types are kept, except the one that curl makes up")
    func contentTypes() throws {
        _ = try put("a", "x", ["content-TYPE: application/x-www-form-urlencoded"])
        #expect(try connection.request("GET", "/v1/kv/a")["Content-Type"] == "application/octet-stream")
        let longest = String(repeating: "t", count: 255)
        #expect(try put("a", "x", ["Content-Type: \(longest)"]).status == 200)
        #expect(try connection.request("GET", "/v1/kv/a")["Content-Type"] == longest)
        #expect(try put("a", "x", ["Content-Type: \(longest)t"]).status == 400)
        for type in ["text/plain;\tcharset=utf-8", "text/plain ; a=\"b  c\"", "a/b; name=\"é\"", "TEXT/Plain"] {
            #expect(try put("a", "x", ["Content-Type:\t \(type) \t"]).status == 200)
            #expect(try connection.request("GET", "/v1/kv/a")["Content-Type"] == type)
        }
    }

    @Test("A content type that could not be given back as it came is refused")
    func badContentTypes() throws {
        for fields in [["Content-Type: a/b", "Content-Type: a/b"], ["Content-Type: a/b", "content-type: c/d"]] {
            #expect(try put("a", "x", fields).body.contains("'Content-Type' is given twice"))
        }
        for bytes in [[0xFF], [0xC3], Array("\u{FFFD}".utf8)] as [[UInt8]] {
            let start = Array("PUT /v1/kv/a HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nContent-Type: a/".utf8)
            try connection.send(start + bytes + Array("\r\n\r\n".utf8))
            let answer = try Answer(try connection.received())
            #expect(answer.status == 400)
            #expect(answer.body.contains("not UTF-8"))
        }
        #expect(node.replica.submissions.isEmpty)
    }

    @Test(
        "A body that is coded is refused on every route that takes one, not stored without its coding",
        arguments: ["gzip", "br", "deflate", "identity, gzip", "x", "aws-chunked"])
    func contentEncoding(_ coding: String) throws {
        for (method, path) in [
            ("PUT", "/v1/kv/a"), ("POST", "/v1/batch"), ("POST", "/store"), ("POST", "/raft/join"),
            ("POST", "/raft/remove"),
        ] {
            let answer = try connection.request(method, path, ["Content-Encoding: \(coding)"], body: "{}")
            #expect(answer.status == 415)
            #expect(answer["Accept-Encoding"] == "identity")
            #expect(answer.body.contains(#""code":"unsupported_encoding","applied":"no""#))
        }
        #expect(node.replica.submissions.isEmpty)
        #expect(node.control.requests.isEmpty)
        #expect(try connection.request("GET", "/livez", ["Content-Encoding: \(coding)"]).status == 200)
    }

    @Test("A body that is not coded may say so", arguments: ["identity", "Identity", "identity , identity", "", "\t"])
    func noContentEncoding(_ coding: String) throws {
        #expect(try put("a", "x", ["Content-Encoding: \(coding)"]).status == 200)
    }

    // MARK: Parameters

    @Test("A read is linearizable unless it says otherwise")
    func consistency() throws {
        _ = try put("a", "x")
        let writes = node.replica.submissions.count
        for query in [
            "", "?consistency=linearizable", "?consistency=leader", "?consistent", "?level=weak", "?level=strong",
        ] {
            #expect(try connection.request("GET", "/v1/kv/a\(query)")["X-Skiff-Consistency"] == "linearizable")
        }
        #expect(node.replica.submissions.count == writes + 6)
        for query in ["?consistency=stale", "?stale", "?stale=true", "?level=none", "?stale=1&pretty"] {
            #expect(try connection.request("GET", "/v1/kv/a\(query)")["X-Skiff-Consistency"] == "stale")
        }
        #expect(node.replica.submissions.count == writes + 6)
        #expect(try connection.request("GET", "/v1/kv/a?stale=false")["X-Skiff-Consistency"] == "linearizable")
        #expect(try connection.request("GET", "/v1/kv/a?stale&consistent").status == 400)
        #expect(try connection.request("GET", "/v1/kv/a?consistency=maybe").status == 400)
        #expect(try connection.request("GET", "/v1/kv/a?stale=maybe").status == 400)
    }

    @Test("The old read is stale unless settings or request say otherwise")
    func legacyConsistency() throws {
        _ = try put("a", "x")
        let before = node.replica.submissions.count
        _ = try connection.request("GET", "/store/a")
        #expect(node.replica.submissions.count == before)
        _ = try connection.request("GET", "/store/a?consistency=linearizable")
        #expect(node.replica.submissions.count == before + 1)

        let strict = EmbeddedNode { $0.legacyRead = .linearizable }
        _ = try strict.connect().send(Connection.text("GET", "/store/a"))
        #expect(strict.replica.submissions.count == 1)
    }

    @Test("An unknown parameter is refused by name on /v1")
    func unknownParameter() throws {
        let answer = try connection.request("GET", "/v1/kv/a?consistancy=stale")
        #expect(answer.status == 400)
        #expect(answer.body.contains(#""code":"unknown_parameter""#))
        #expect(answer.body.contains("consistancy"))
        #expect(try put("a", "x", query: "?stale").status == 400)
        #expect(try connection.request("GET", "/v1/kv/a?&&stale&").status == 404)
    }

    @Test(
        "What the interface promises and this version lacks is refused, never ignored",
        arguments: [
            ("PUT", "/v1/kv/a?ttl=5s"), ("PUT", "/v1/kv/a?lease=x"), ("PUT", "/v1/kv/a?prev"),
            ("PUT", "/v1/kv/a?keep_ttl"),
            ("GET", "/v1/kv/a?wait=5s&index=1"), ("GET", "/v1/kv/a?max_stale=1s"), ("GET", "/v1/kv/a?min_revision=3"),
            ("GET", "/store/a?min_revision=3"), ("DELETE", "/v1/kv/a?prev"), ("PUT", "/v1/kv/a?forward=never"),
            ("POST", "/v1/kv/a/incr"), ("GET", "/v1/kv"), ("DELETE", "/v1/kv?prefix=a"),
        ])
    func notSupported(_ method: String, _ target: String) throws {
        let answer = try connection.request(method, target)
        #expect(answer.status == 501)
        #expect(answer.body.contains("not_supported"))
        #expect(node.replica.submissions.isEmpty)
    }

    @Test("An idempotency key is refused as long as it would not be honoured")
    func idempotencyKey() throws {
        #expect(try put("a", "x", ["Idempotency-Key: 1"]).status == 501)
        #expect(try connection.request("POST", "/store", ["Idempotency-Key: 1"], body: #"{"key":"a"}"#).status == 501)
    }

    @Test("A wrong method names the right ones")
    func methodNotAllowed() throws {
        let answer = try connection.request("PATCH", "/v1/kv/a", body: "x")
        #expect(answer.status == 405)
        #expect(answer["Allow"] == "GET, HEAD, PUT, DELETE")
        #expect(answer.body.contains(#""code":"method_not_allowed","applied":"no","message":"Method Not Allowed""#))
        #expect(try connection.request("POST", "/livez")["Allow"] == "GET, HEAD")
        #expect(try connection.request("OPTIONS", "/v1/kv/a").status == 405)
    }

    @Test("An unknown route of /v1 has a code, and echo's message")
    func routeNotFound() throws {
        let answer = try connection.request("GET", "/v1/nothing")
        #expect(answer.status == 404)
        #expect(answer.body.contains(#""code":"route_not_found","applied":"no","message":"Not Found""#))
    }

    // MARK: Failures

    @Test("Failures of the replica have their codes")
    func failures() throws {
        for (failure, method, status, part) in [
            (RequestFailure.overloaded, "PUT", 429, #""code":"overloaded","applied":"no","leader":{"id":"node1""#),
            (.noLeader, "PUT", 503, #""code":"no_leader","applied":"no""#),
            (.unknownOutcome, "PUT", 504, #""code":"timeout","applied":"unknown""#),
            (.shuttingDown, "PUT", 503, #""code":"shutting_down","applied":"no""#),
            (.unknownOutcome, "GET", 503, #""code":"no_leader","applied":"no""#),
            (.noLeader, "GET", 503, #""code":"no_leader","applied":"no""#),
        ] {
            node.replica.onBurst = { [node] burst in
                node.sink.post(burst.map { Completion(tag: $0.tag, outcome: .failed(failure)) })
            }
            let answer = try connection.request(method, "/v1/kv/a")
            #expect(answer.status == status)
            #expect(answer.body.contains(part))
            #expect((answer["Retry-After"] != nil) == (status == 429 || status == 503))
        }
    }

    @Test("A gateway that takes nothing is 429 at once, for writes and reads")
    func overloaded() throws {
        node.replica.isOverloaded = true
        for method in ["PUT", "GET", "DELETE"] {
            let answer = try connection.request(method, "/v1/kv/a")
            #expect(answer.status == 429)
            #expect(answer.body.contains(#""retry_after_ms":200"#))
            #expect(answer.body.contains("too many requests wait in this node;"))
        }
        // A follower cannot tell its own refusal from that of the leader, to which it passed the request.
        node.board.update { $0.role = .follower }
        #expect(try connection.request("PUT", "/v1/kv/a").body.contains("wait in this node or in the leader;"))
    }

    @Test("A store that fails, or a record that is damaged, is 500")
    func storeFails() throws {
        node.store.damage("a", with: [9, 9, 9])
        #expect(try connection.request("GET", "/v1/kv/a?stale").status == 500)
        node.store.failReads()
        let answer = try connection.request("GET", "/v1/kv/b?stale")
        #expect(answer.status == 500)
        #expect(answer.body.contains("disk on fire"))
    }
}
