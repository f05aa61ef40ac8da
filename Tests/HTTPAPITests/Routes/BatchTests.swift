import HotPath
import KeyValue
import NIOCore
import NIOEmbedded
import RaftCore
import Testing

@testable import HTTPAPI

@Suite("POST /v1/batch")
struct BatchTests {
    private let node = EmbeddedNode()
    private let connection: Connection

    init() throws {
        node.answersAtOnce()
        node.board.publish(appliedIndex: LogIndex(17), revision: 5)
        connection = try node.connect()
    }

    private func get(_ key: String) throws -> Answer { try connection.request("GET", "/v1/kv/\(key)") }

    // MARK: Both formats

    @Test("A batch answers with the number of operations and the last revision, byte for byte")
    func golden() throws {
        try connection.send(Connection.text("POST", "/v1/batch", body: BatchText.put("a") + "\n" + BatchText.put("b")))
        #expect(
            try connection.received() == """
                HTTP/1.1 200 OK\r
                Content-Type: application/json; charset=UTF-8\r
                Content-Length: 39\r
                X-Skiff-Revision: 2\r
                X-Skiff-Node: node1\r
                X-Skiff-Leader: node1\r
                X-Skiff-Term: 2\r
                X-Skiff-Index: 17\r
                \r
                {"applied":2,"failed":[],"revision":2}

                """)
    }

    @Test(
        "Lines and an array are the same operations, whatever white space is around them",
        arguments: [
            #"{"put":{"key":"a","value":"1"}}"# + "\n" + #"{"delete":{"key":"b"}}"#,
            "\n \t\n" + #"{"put":{"key":"a","value":"1"}}"# + "\r\n\r\n" + #" {"delete": {"key":"b"} } "# + "\n\n",
            #"[{"put":{"key":"a","value":"1"}},{"delete":{"key":"b"}}]"#,
            " \n[ \n" + #"{ "put" : { "value" : "1", "key" : "a" } } , {"delete":{"key":"b"}}"# + "\n ] \n",
        ])
    func formats(body: String) throws {
        let answer = try connection.batch(body)

        #expect(answer.body == #"{"applied":2,"failed":[],"revision":2}"# + "\n")
        #expect(node.replica.groups.count == 1)
        #expect(node.replica.groups[0].operations == [.put("a", "1"), .delete("b")])
        #expect(!node.replica.groups[0].hasOneRevision)
        #expect(try get("a").body == "1")
    }

    @Test("A value is stored as its characters if it is a string, else as JSON text")
    func values() throws {
        let answer = try connection.batch(
            #"""
            {"put":{"key":"s","value":"h\u00e9\n\"\ud83d\udea3"}}
            {"put":{"key":"o","value": {"a": [1, 2]} }}
            {"put":{"key":"n","value":null}}
            {"put":{"key":"i","value":-1.50}}
            {"put":{"key":"e","value":""}}
            """#)

        #expect(answer.body == #"{"applied":5,"failed":[],"revision":5}"# + "\n")
        #expect(
            node.replica.groups[0].operations == [
                .put("s", "hé\n\"🚣"), .put("o", #"{"a": [1, 2]}"#, .json), .put("n", "null", .json),
                .put("i", "-1.50", .json), .put("e", ""),
            ])
        #expect(try get("s").body == "hé\n\"🚣")
        #expect(try get("s")["Content-Type"] == "application/octet-stream")
        #expect(try get("o")["Content-Type"] == "application/json")
    }

    @Test("Keys and values that are no UTF-8 come as Base64")
    func base64() throws {
        let answer = try connection.batch(
            #"""
            {"put":{"key_base64":"/wA=","value_base64":"AP8Q"}}
            {"put":{"key_base64":"a2V5","value_base64":""}}
            {"\u0070ut":{"k\u0065y":"x","value\u005Fbase64":"\/w=="}}
            {"delete":{"key_base64":"\u002F\/8="}}
            """#)

        #expect(answer.body == #"{"applied":4,"failed":[],"revision":4}"# + "\n")
        #expect(
            node.replica.groups[0].operations.map(\.key) == [
                [0xFF, 0], Array("key".utf8), Array("x".utf8), [0xFF, 0xFF],
            ])
        #expect(node.replica.groups[0].operations.map(\.value) == [[0, 0xFF, 0x10], [], [0xFF], []])
    }

    @Test("Keys may have escapes, and slashes mean nothing in them")
    func keys() throws {
        _ = try connection.batch(#"[{"put":{"key":"a\/b\u0000","value":"1"}},{"put":{"key":" ","value":"2"}}]"#)

        #expect(node.replica.groups[0].operations == [.put("a/b\0", "1"), .put(" ", "2")])
    }

    @Test("Half of a surrogate pair is no character: the operation is listed, the others are carried out")
    func halves() throws {
        let answer = try connection.batch(
            #"""
            {"put":{"key":"a","value":"a\ud800b"}}
            {"put":{"key":"\udc00","value":"x"}}
            {"put":{"key":"b","value":"\ud83d\ude00"}}
            {"put":{"key":"c","value":{"a":"\ud800"}}}
            {"put":{"key":"d","value_base64":"\ud800"}}
            """#)

        let failed = answer.body.split(separator: #"{"index":"#).dropFirst()
        #expect(answer.body.hasPrefix(#"{"applied":2,"#))
        #expect(failed.map { $0.prefix(1) } == ["0", "1", "4"])
        #expect(failed.first?.contains("field 'value' holds half of a surrogate pair") == true)
        #expect(failed.dropFirst().first?.contains("field 'key' holds half of a surrogate pair") == true)
        #expect(node.replica.groups[0].operations == [.put("b", "😀"), .put("c", #"{"a":"\ud800"}"#, .json)])
    }

    @Test("A name that an error repeats is cut between two characters")
    func longName() throws {
        let name = "x" + String(repeating: "é", count: 60)

        let answer = try connection.batch(#"{"\#(name)":1}"#)

        #expect(answer.body.contains("'\(name.prefix(32))'"))
        #expect(!answer.body.contains("\u{FFFD}"))
    }

    @Test("An empty batch is carried out: there is nothing to do", arguments: ["", " \n\n", "[]", " [ ] "])
    func empty(body: String) throws {
        let answer = try connection.batch(body)

        #expect(answer.status == 200)
        #expect(answer.body == #"{"applied":0,"failed":[],"revision":5}"# + "\n")
        #expect(answer["X-Skiff-Revision"] == "5")
        #expect(node.replica.submissions.isEmpty)
    }

    // MARK: Bad operations

    static let badOperations: [(String, String)] = [
        ("1", "an operation is an object with one member, 'put' or 'delete'"),
        ("[]", "an operation is an object with one member, 'put' or 'delete'"),
        ("{}", "an operation is an object with one member, 'put' or 'delete'"),
        (#"{"key":"a","value":1}"#, "unknown field 'key'; an operation is 'put' or 'delete'"),
        (#"{"PUT":{"key":"a","value":1}}"#, "unknown field 'PUT'; an operation is 'put' or 'delete'"),
        (#"{"put":{"key":"a","value":1},"ttl":1}"#, "unknown field 'ttl'; an operation is 'put' or 'delete'"),
        (
            #"{"put":{"key":"a","value":1},"delete":{"key":"a"}}"#,
            "it holds two operations; give each an object of its own"
        ),
        (
            #"{"put":{"key":"a","value":1},"put":{"key":"b","value":1}}"#,
            "it holds two operations; give each an object of its own"
        ),
        (#"{"put":"a"}"#, "field 'put' is not an object"),
        (#"{"delete":["a"]}"#, "field 'delete' is not an object"),
        (#"{"put":{"key":"a","value":1,"ttl":"1s"}}"#, "unknown field 'ttl' in 'put'"),
        (#"{"delete":{"key":"a","value":1}}"#, "unknown field 'value' in 'delete'"),
        (#"{"delete":{"key":"a","value_base64":""}}"#, "unknown field 'value_base64' in 'delete'"),
        (#"{"put":{}}"#, "field 'key' is missing"),
        (#"{"put":{"value":1}}"#, "field 'key' is missing"),
        (#"{"delete":{}}"#, "field 'key' is missing"),
        (#"{"put":{"key":"a"}}"#, "field 'value' is missing"),
        (#"{"put":{"key":1,"value":1}}"#, "field 'key' is not a string"),
        (#"{"put":{"key":null,"value":1}}"#, "field 'key' is not a string"),
        (#"{"put":{"key":"","value":1}}"#, "field 'key' is empty"),
        (#"{"delete":{"key_base64":""}}"#, "field 'key_base64' is empty"),
        (#"{"delete":{"key":"a","key":"a"}}"#, "field 'key' gives the key a second time"),
        (#"{"delete":{"key":"a","key_base64":"YQ=="}}"#, "field 'key_base64' gives the key a second time"),
        (#"{"put":{"key":"a","value":1,"value":1}}"#, "field 'value' gives the value a second time"),
        (
            #"{"put":{"key":"a","value":1,"value_base64":""}}"#,
            "field 'value_base64' gives the value a second time"
        ),
        (#"{"put":{"key":"a","value_base64":1}}"#, "field 'value_base64' is not a string"),
        (#"{"delete":{"key_base64":"YQ"}}"#, "field 'key_base64' is not Base64 as RFC 4648, section 4, has it"),
        (#"{"delete":{"key_base64":"YR=="}}"#, "field 'key_base64' is not Base64 as RFC 4648, section 4, has it"),
        (#"{"delete":{"key_base64":"Y==="}}"#, "field 'key_base64' is not Base64 as RFC 4648, section 4, has it"),
        (#"{"delete":{"key_base64":"YQ==YQ=="}}"#, "field 'key_base64' is not Base64 as RFC 4648, section 4, has it"),
        (
            #"{"put":{"key":"a","value_base64":"a_-b"}}"#,
            "field 'value_base64' is not Base64 as RFC 4648, section 4, has it"
        ),
    ]

    @Test("A bad operation is listed with its place, and the others are carried out", arguments: badOperations)
    func failed(_ operation: String, _ message: String) throws {
        let lines = try connection.batch(BatchText.put("a") + "\n\n" + operation + "\n" + BatchText.put("b"))

        let error = #"{"index":1,"error":"operation 1 (line 3): \#(message)","code":"invalid_argument"}"#
        #expect(lines.status == 200)
        #expect(lines.body == #"{"applied":2,"failed":[\#(error)],"revision":2}"# + "\n")
        #expect(node.replica.groups[0].operations == [.put("a", "v"), .put("b", "v")])
    }

    @Test("One bad operation fails an atomic batch, and nothing is written", arguments: badOperations)
    func atomicFailed(_ operation: String, _ message: String) throws {
        let answer = try connection.batch(
            "[\(BatchText.put("a")),\(operation),\(BatchText.put("b"))]", query: "?atomic=true")

        #expect(answer.status == 400)
        #expect(
            answer.body
                == #"{"error":"operation 1: \#(message)","code":"invalid_argument","applied":"no"}"# + "\n")
        #expect(node.replica.submissions.isEmpty)
    }

    @Test("Keys and values are taken up to their limits, as their bytes count and not their text")
    func sizes() throws {
        let key = String(repeating: "\\u006b", count: KeyValueLimits.keyBytesMax)
        let value = String(repeating: "v", count: KeyValueLimits.valueBytesMax)
        let answer = try connection.batch(
            "\(BatchText.put(key, value))\n\(BatchText.put(key + "k"))\n\(BatchText.put("k", value + "v"))")

        #expect(
            answer.body == #"""
                {"applied":1,"failed":[\#
                {"index":1,"error":"operation 1 (line 2): field 'key' is longer than 4096 bytes",\#
                "code":"invalid_argument"},\#
                {"index":2,"error":"operation 2 (line 3): field 'value' is larger than 1048576 bytes",\#
                "code":"value_too_large"}],"revision":1}

                """#)
        #expect(node.replica.groups[0].operations[0].key.count == KeyValueLimits.keyBytesMax)
        let atomic = try connection.batch(BatchText.put("k", value + "v"), query: "?atomic")
        #expect(atomic.status == 400)
        #expect(atomic.body.contains("operation 0 (line 1): field 'value' is larger than 1048576 bytes"))
    }

    @Test("More bad operations than an answer should list fail the whole batch")
    func tooManyFailures() throws {
        let bad = String(repeating: "1\n", count: HTTPLimits.batchFailuresMax)
        #expect(try connection.batch(BatchText.put("a") + "\n" + bad).status == 200)

        let answer = try connection.batch(BatchText.put("a") + "\n" + bad + "2")

        #expect(answer.status == 400)
        #expect(
            answer.body.hasPrefix(
                #"{"error":"more than 1000 operations are wrong, so none was carried out; operation 1001 (line 1002): "#
            ))
        #expect(node.replica.groups.count == 1)
    }

    // MARK: No JSON

    @Test(
        "What is no JSON fails the whole batch, and says where",
        arguments: [
            ("{", "operation 1 (line 2): unexpected EOF"),
            (
                #"{"put":{"key":"a","value":1}"# + "\n" + "}", "operation 1 (line 2): unexpected EOF"
            ),
            (
                #"{"put":{"key":"a","value":01}}"#,
                "operation 1 (line 2): Syntax error: offset=28, error=invalid character '1' after object key:value pair"
            ),
            (
                "{\"delete\":{\"key\":\"a\"}} {}",
                "operation 1 (line 2): Syntax error: offset=24, error=invalid character '{' after top-level value"
            ),
            (
                "{\"put\":{\"key\":\"a\",}}",
                "operation 1 (line 2): Syntax error: offset=19, "
                    + "error=invalid character '}' looking for beginning of object key string"
            ),
            (
                "x",
                "operation 1 (line 2): Syntax error: offset=1, "
                    + "error=invalid character 'x' looking for beginning of value"
            ),
        ])
    func badLines(_ line: String, _ detail: String) throws {
        let answer = try connection.batch(BatchText.put("a") + "\n" + line)

        #expect(answer.status == 400)
        #expect(
            answer.body
                == #"{"error":"the body is not lines of JSON or a JSON array: \#(detail)","code":"invalid_json","#
                + #""applied":"no"}"# + "\n")
        #expect(node.replica.submissions.isEmpty)
    }

    @Test(
        "An array that does not end, or continues after its end, fails the whole batch",
        arguments: [
            ("[", "operation 0: unexpected EOF"), ("[1", "operation 0: unexpected EOF"),
            ("[1,", "operation 1: unexpected EOF"),
            (
                "[1,]",
                "operation 1: Syntax error: offset=4, error=invalid character ']' looking for beginning of value"
            ),
            ("[1 2]", "operation 0: Syntax error: offset=4, error=invalid character '2' after array element"),
            ("[] x", "Syntax error: offset=4, error=invalid character 'x' after top-level value"),
            ("[]\n[]", "Syntax error: offset=4, error=invalid character '[' after top-level value"),
        ])
    func badArrays(_ body: String, _ detail: String) throws {
        let answer = try connection.batch(body)

        #expect(answer.status == 400)
        #expect(answer.body.hasPrefix(#"{"error":"the body is not lines of JSON or a JSON array: \#(detail)","#))
        #expect(node.replica.submissions.isEmpty)
    }

    @Test("Every prefix of a batch is refused or a shorter batch, and none is read past its end")
    func prefixes() throws {
        let text = Array(#"[{"put":{"key":"a\u00e9","value_base64":"AA=="}},{"delete":{"key":"b"}}]"#.utf8)
        for size in 1..<text.count {
            let answer = try connection.batch(String(decoding: text[..<size], as: UTF8.self))
            #expect(answer.status == 400)
        }
        #expect(node.replica.submissions.isEmpty)
    }

    @Test("Bytes that are no UTF-8, and containers too deep, are refused")
    func limitsOfJSON() throws {
        try connection.send(
            Array("POST /v1/batch HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\n".utf8) + [0x22, 0xFF, 0x22])
        #expect(try Answer(try connection.received()).body.contains("the document is not UTF-8"))

        func nested(_ depth: Int) -> String {
            let value = String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
            return #"{"put":{"key":"a","value":\#(value)}}"#
        }
        #expect(try connection.batch(nested(126)).status == 200)
        #expect(try connection.batch(nested(127)).body.contains("exceeded max depth of 128"))
        #expect(try connection.batch("[\(nested(125))]").status == 200)
        #expect(try connection.batch("[\(nested(126))]").body.contains("exceeded max depth of 128"))
    }

    // MARK: Parameters

    @Test(
        "Parameters are checked",
        arguments: [
            ("?atomic=maybe", "'atomic' is true or false", "invalid_argument"),
            ("?chunk=0", "'chunk' is a number from 1 to 10000", "invalid_argument"),
            ("?chunk=10001", "'chunk' is a number from 1 to 10000", "invalid_argument"),
            ("?chunk=x", "'chunk' is a number from 1 to 10000", "invalid_argument"),
            (
                "?atomic=true&chunk=10", "an atomic batch is not cut into chunks; leave out 'chunk' or 'atomic'",
                "invalid_argument"
            ),
            (
                "?atmic=true", "this route has no parameter 'atmic'; it takes timeout, atomic, chunk, pretty, forward",
                "unknown_parameter"
            ),
            (
                "?cas=1", "this route has no parameter 'cas'; it takes timeout, atomic, chunk, pretty, forward",
                "unknown_parameter"
            ),
        ])
    func parameters(_ query: String, _ message: String, _ code: String) throws {
        let answer = try connection.batch(BatchText.put("a"), query: query)

        #expect(answer.status == 400)
        #expect(answer.body == #"{"error":"\#(message)","code":"\#(code)","applied":"no"}"# + "\n")
        #expect(node.replica.submissions.isEmpty)
    }

    @Test("Conditions and idempotency keys are not for batches, and other methods neither")
    func refusals() throws {
        #expect(try connection.batch(BatchText.put("a"), ["If-Match: *"]).status == 501)
        #expect(try connection.batch(BatchText.put("a"), ["If-None-Match: *"]).status == 501)
        #expect(try connection.batch(BatchText.put("a"), ["Idempotency-Key: 1"]).status == 501)
        let answer = try connection.request("GET", "/v1/batch")
        #expect(answer.status == 405)
        #expect(answer["Allow"] == "POST")
        #expect(node.replica.submissions.isEmpty)
    }
}
