import HotPath
import KeyValue
import Testing

@testable import HTTPAPI

/// The answers of raft-sample, byte for byte in status, type and body, against a transcript of a running raft-sample.
@Suite("raft-sample's answers stay as they were")
struct ContractTests {
    private static let json = ["Content-Type: application/json"]
    private let node = EmbeddedNode()
    private let connection: Connection

    init() throws {
        node.answersAtOnce()
        connection = try node.connect()
    }

    private func check(
        _ method: String, _ target: String, body: String? = nil, fields: [String] = Self.json, _ status: Int,
        _ expected: String, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let answer = try connection.request(method, target, body == nil ? [] : fields, body: body)
        #expect(answer.status == status, sourceLocation: sourceLocation)
        #expect(answer.body == expected + "\n", sourceLocation: sourceLocation)
        #expect(answer["Content-Type"] == "application/json; charset=UTF-8", sourceLocation: sourceLocation)
        #expect(answer["Content-Length"] == String(expected.utf8.count + 1), sourceLocation: sourceLocation)
        #expect(answer.rest.isEmpty, sourceLocation: sourceLocation)
    }

    @Test("POST /store answers with key and value, any JSON type and the same type back")
    func store() throws {
        try check(
            "POST", "/store", body: #"{"key":"key","value":"value"}"#, 200,
            #"{"data":{"key":"key","value":"value"},"message":"success persisting data"}"#)
        try check(
            "POST", "/store", body: #"{"key":" obj ","value":{"b":1,"a":[true,null,1.5]}}"#, 200,
            #"{"data":{"key":"obj","value":{"b":1,"a":[true,null,1.5]}},"message":"success persisting data"}"#)
        try check(
            "POST", "/store", body: #"{"key":"novalue"}"#, 200,
            #"{"data":{"key":"novalue","value":null},"message":"success persisting data"}"#)
        try check(
            "GET", "/store/key", 200, #"{"data":{"key":"key","value":"value"},"message":"success fetching data"}"#)
        try check(
            "GET", "/store/obj", 200,
            #"{"data":{"key":"obj","value":{"b":1,"a":[true,null,1.5]}},"message":"success fetching data"}"#)
        try check(
            "GET", "/store/novalue", 200,
            #"{"data":{"key":"novalue","value":null},"message":"success fetching data"}"#)
        try check(
            "GET", "/store/key/", 200, #"{"data":{"key":"key","value":"value"},"message":"success fetching data"}"#)
        try check(
            "DELETE", "/store/key", 200, #"{"data":{"key":"key","value":null},"message":"success removing data"}"#)
        try check(
            "DELETE", "/store/absent", 200,
            #"{"data":{"key":"absent","value":null},"message":"success removing data"}"#)
        try check("GET", "/store/key", 422, #"{"error":"error getting key key from storage: Key not found"}"#)
    }

    @Test("The hot answers carry only type, length and revision")
    func fields() throws {
        try connection.send(Connection.text("POST", "/store", Self.json, body: #"{"key":"key","value":"value"}"#))
        #expect(
            try connection.received() == """
                HTTP/1.1 200 OK\r
                Content-Type: application/json; charset=UTF-8\r
                Content-Length: 75\r
                X-Skiff-Revision: 1\r
                \r
                {"data":{"key":"key","value":"value"},"message":"success persisting data"}

                """)
    }

    @Test("Refusals have raft-sample's texts and 422")
    func refusals() throws {
        try check("GET", "/store/absent", 422, #"{"error":"error getting key absent from storage: Key not found"}"#)
        try check("POST", "/store", body: #"{"key":"  ","value":"value"}"#, 422, #"{"error":"key is empty"}"#)
        try check("POST", "/store", body: "", 422, #"{"error":"key is empty"}"#)
        try check("GET", "/store/%20", 422, #"{"error":"key is empty"}"#)
        try check(
            "POST", "/store", body: #"{"key":"#, 422,
            #"{"error":"error binding: code=400, message=unexpected EOF, internal=unexpected EOF"}"#)
    }

    @Test("Unknown routes and methods have echo's bodies")
    func routing() throws {
        try check("GET", "/nothing", 404, #"{"message":"Not Found"}"#)
        try check("PUT", "/store", body: "", 405, #"{"message":"Method Not Allowed"}"#)
        try check("GET", "/store", 405, #"{"message":"Method Not Allowed"}"#)
        try check("GET", "/store/", 405, #"{"message":"Method Not Allowed"}"#)
        try check("PATCH", "/store/x", 405, #"{"message":"Method Not Allowed"}"#)
        try check("GET", "/storeroom", 404, #"{"message":"Not Found"}"#)
        try check("GET", "/raft/nothing", 404, #"{"message":"Not Found"}"#)
        #expect(try connection.request("PUT", "/store")["Allow"] == "POST")
        #expect(try connection.request("PUT", "/store/x")["Allow"] == "GET, DELETE")
    }

    @Test("The body is JSON whatever its type says, keys may hold slashes")
    func betterOnPurpose() throws {
        try check(
            "POST", "/store", body: #"{"key":"a/b","value":12345678901234567890.10}"#,
            fields: ["Content-Type: application/x-www-form-urlencoded"], 200,
            #"{"data":{"key":"a/b","value":12345678901234567890.10},"message":"success persisting data"}"#)
        try check(
            "GET", "/store/a/b", 200,
            #"{"data":{"key":"a/b","value":12345678901234567890.10},"message":"success fetching data"}"#)
        try check(
            "GET", "/store/a%2Fb?unknown=1", 200,
            #"{"data":{"key":"a/b","value":12345678901234567890.10},"message":"success fetching data"}"#)
        try check(
            "POST", "/store/", body: #"{"key":"<k>","value":"<v>"}"#, 200,
            #"{"data":{"key":"\u003ck\u003e","value":"<v>"},"message":"success persisting data"}"#)
    }

    @Test("Without a leader the answer starts with raft-sample's text")
    func noLeader() throws {
        node.replica.onBurst = { [node] burst in
            node.sink.post(burst.map { Completion(tag: $0.tag, outcome: .failed(.noLeader)) })
        }

        let answer = try connection.request("POST", "/store", body: #"{"key":"k"}"#)

        #expect(answer.status == 422)
        #expect(answer.body.hasPrefix(#"{"error":"not the leader","code":"no_leader","applied":"no","#))
        #expect(answer["Retry-After"] == "1")
    }

    @Test("An unknown outcome says so, and an overload is 429")
    func newRefusals() throws {
        node.replica.onBurst = { [node] burst in
            node.sink.post(burst.map { Completion(tag: $0.tag, outcome: .failed(.unknownOutcome)) })
        }
        let unknown = try connection.request("DELETE", "/store/k")
        #expect(unknown.status == 422)
        #expect(unknown.body.contains(#""code":"timeout","applied":"unknown""#))

        node.replica.isOverloaded = true
        let overloaded = try connection.request("DELETE", "/store/k")
        #expect(overloaded.status == 429)
        #expect(overloaded.body.contains(#""code":"overloaded","applied":"no""#))
    }

    @Test("GET /raft/stats shows the status under data")
    func stats() throws {
        let answer = try connection.request("GET", "/raft/stats")

        #expect(answer.status == 200)
        #expect(
            answer.body == #"{"data":\#(RaftStats.json(node.board.current)),"message":"Here is the raft status"}"#
                + "\n")
        #expect(try connection.request("POST", "/raft/stats").status == 405)
        #expect(try connection.request("GET", "/raft/stats/").status == 200)
    }

    @Test("There are no Go profiles")
    func pprof() throws {
        #expect(try connection.request("GET", "/debug/pprof/heap").status == 501)
    }

    @Test("With legacyStatus=http the same refusals have the statuses of /v1 and all details")
    func httpStatus() throws {
        let node = EmbeddedNode { $0.legacyStatus = .http }
        let connection = try node.connect()

        let absent = try connection.request("GET", "/store/absent")
        #expect(absent.status == 404)
        #expect(
            absent.body == #"{"error":"error getting key absent from storage: Key not found","code":"key_not_found","#
                + #""applied":"no","message":"Not Found"}"# + "\n")
        #expect(try connection.request("POST", "/store", body: "{").status == 400)
        #expect(try connection.request("PUT", "/store").body.contains(#""code":"method_not_allowed""#))
    }

    @Test("A value of /v1/kv reads as a JSON string, or as base64 if it is not UTF-8")
    func bytesThroughStore() throws {
        try connection.send(Connection.text("PUT", "/v1/kv/s", body: "he\"y"))
        try connection.send(Array("PUT /v1/kv/b HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n".utf8) + [0xFF, 0x00])
        _ = try connection.received()

        try check("GET", "/store/s", 200, #"{"data":{"key":"s","value":"he\"y"},"message":"success fetching data"}"#)
        try check(
            "GET", "/store/b", 200,
            #"{"data":{"key":"b","value":{"value_base64":"/wA="}},"message":"success fetching data"}"#)
    }

    @Test("A value that is too large is 413 on the old route too")
    func tooLarge() throws {
        let value = String(repeating: "x", count: KeyValueLimits.valueBytesMax)
        let answer = try connection.request("POST", "/store", body: #"{"key":"k","value":"\#(value)"}"#)
        #expect(answer.status == 413)
        #expect(try connection.request("GET", "/livez").status == 200)
    }
}
