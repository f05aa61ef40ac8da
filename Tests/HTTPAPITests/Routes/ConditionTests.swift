import HotPath
import KeyValue
import RaftCore
import Testing

@testable import HTTPAPI

@Suite("Conditions on /v1/kv/{key}")
struct ConditionTests {
    private let node = EmbeddedNode()
    private let connection: Connection

    init() throws {
        node.answersAtOnce()
        connection = try node.connect()
    }

    private func put(_ key: String, _ value: String, _ fields: [String] = [], query: String = "") throws -> Answer {
        try connection.request("PUT", "/v1/kv/\(key)\(query)", fields, body: value)
    }

    @Test(
        "Conditions reach the command",
        arguments: [
            ("?cas=0", [], Condition.absent), ("?cas=7", [], .revision(7)), ("", ["If-Match: \"7\""], .revision(7)),
            ("", ["If-Match: *"], .present), ("", ["If-None-Match: *"], .absent), ("", [], .none),
            ("?cas=7", ["If-Match: \"7\""], .revision(7)), ("?cas=0", ["If-None-Match: *"], .absent),
            ("?cas=%37", [], .revision(7)), ("", ["If-Match: , \"7\"\t,"], .revision(7)),
            ("", ["If-Match: W/\"6\", \"7\""], .revision(7)), ("", ["If-Match: \"7\",W/\"7\""], .revision(7)),
            ("", ["If-Match:\t*\t"], .present), ("", ["If-None-Match:  * "], .absent),
        ])
    func conditions(_ query: String, _ fields: [String], _ expected: Condition) throws {
        _ = try put("a", "x", fields, query: query)
        #expect(node.replica.submissions.last?.header?.condition == expected)
    }

    @Test(
        "Conditions that contradict each other or make no sense are refused",
        arguments: [
            ("?cas=1", ["If-Match: \"2\""]), ("?cas=0", ["If-Match: *"]), ("", ["If-Match: *", "If-None-Match: *"]),
            ("?cas=x", []), ("?cas=", []), ("?cas", []), ("?cas=1&cas=1", []), ("", ["If-Match: 7"]),
            ("", ["If-Match: \"\""]),
            ("", ["If-Match: \"1\", \"2\""]), ("", ["If-None-Match: \"1\""]), ("", ["If-Match: \"0\""]),
            ("?cas=18446744073709551616", []), ("?cas=%3", []), ("", ["If-Match: W/"]), ("", ["If-Match: W/\"x\""]),
            ("", ["If-Match: w/\"6\""]), ("", ["If-Match: ,"]),
        ])
    func badConditions(_ query: String, _ fields: [String]) throws {
        #expect(try put("a", "x", fields, query: query).status == 400)
        #expect(node.replica.submissions.isEmpty)
    }

    @Test("A weak tag matches nothing, and the answer says who has probably made it weak")
    func weakTag() throws {
        for tags in [#"W/"6""#, #"W/"6" , W/"7""#] {
            let answer = try put("a", "x", ["If-Match: \(tags)"])
            #expect(answer.status == 412)
            #expect(answer.body.contains("a proxy that changes answers"))
            #expect(answer.body.contains(#""code":"precondition_failed","applied":"no""#))
        }
        #expect(try connection.request("DELETE", "/v1/kv/a", [#"If-Match: W/"6""#]).status == 412)
        #expect(node.replica.submissions.isEmpty)
    }

    @Test("A key that should be absent and is not is said to exist")
    func exists() throws {
        _ = try put("a", "x")

        let answer = try put("a", "y", ["If-None-Match: *"])

        #expect(answer.status == 412)
        #expect(answer.body.contains("the key exists, at revision 1, which is not what the condition asks for"))
        #expect(try put("a", "y", query: "?cas=0").body.contains("the key exists"))
        #expect(try put("a", "y", query: "?cas=7").body.contains("the key is at revision 1,"))
        #expect(try put("b", "y", ["If-Match: *"]).body.contains("the key is absent"))
    }

    @Test("A condition that fails is 412 with the current revision")
    func preconditionFailed() throws {
        #expect(try put("a", "x", query: "?cas=3").body.contains(#""current_revision":0"#))
        _ = try put("a", "x")
        let answer = try put("a", "y", query: "?cas=0")
        #expect(answer.status == 412)
        #expect(answer.body.contains(#""code":"precondition_failed","applied":"no","current_revision":1"#))
        #expect(answer["X-Skiff-Revision"] == "1")
        #expect(try put("a", "y", ["If-Match: \"1\""]).status == 200)
        #expect(try connection.request("DELETE", "/v1/kv/a?cas=1").status == 412)
        #expect(try connection.request("DELETE", "/v1/kv/a", ["If-None-Match: *"]).status == 400)
        #expect(try connection.request("DELETE", "/v1/kv/a?cas=0").status == 400)
        #expect(try connection.request("DELETE", "/v1/kv/a?cas=2").status == 200)
    }
}
