import HotPath
import RaftCore
import Testing

@testable import HTTPAPI

@Suite("Reads of a node that has not caught up since its start")
struct NotReadyTests {
    private let node = EmbeddedNode()

    init() {
        node.answersAtOnce()
        node.board.publish(staleReads: .notReady)
    }

    @Test("Stale reads are refused with the reason, on both surfaces and for HEAD, and invite a retry")
    func stale() throws {
        let connection = try node.connect()
        _ = try connection.request("PUT", "/v1/kv/a", body: "x")

        for target in ["/v1/kv/a?consistency=stale", "/v1/kv/a?level=none", "/v1/kv/none?stale", "/store/a"] {
            let answer = try connection.request("GET", target)
            #expect(answer.status == 503, "\(target)")
            #expect(answer.body.contains("has not caught up with a leader since it started"), "\(target)")
            #expect(answer["Retry-After"] != nil, "\(target)")
        }
        #expect(try connection.request("GET", "/v1/kv/a?stale").body.contains(#""code":"not_ready""#))
        try connection.send(Connection.text("HEAD", "/v1/kv/a?stale"))
        #expect(try Answer(try connection.received(), isHead: true).status == 503)
    }

    @Test("Linearizable reads and writes wait for the leader as ever")
    func linearizable() throws {
        let connection = try node.connect()
        #expect(try connection.request("PUT", "/v1/kv/a", body: "x").status == 200)
        #expect(try connection.request("GET", "/v1/kv/a").body == "x")
    }

    @Test("Once it has caught up it answers")
    func ready() throws {
        let connection = try node.connect()
        _ = try connection.request("PUT", "/v1/kv/a", body: "x")
        #expect(try connection.request("GET", "/v1/kv/a?stale").status == 503)

        node.board.publish(staleReads: .served)

        #expect(try connection.request("GET", "/v1/kv/a?stale").body == "x")
        #expect(try connection.request("GET", "/v1/kv/none?stale").status == 404)
        #expect(try connection.request("GET", "/store/none").status == 422)
    }

    @Test("A node that does not know an entry says so, and invites to another one, whatever is read there")
    func unknownEntry() throws {
        let connection = try node.connect()
        node.board.update { $0.unknownEntry = UnknownEntry(index: LogIndex(7), featureLevel: 2) }
        node.replica.onBurst = { [node] burst in
            node.sink.post(burst.map { Completion(tag: $0.tag, outcome: .failed(.unknownEntry)) })
        }

        for target in ["/v1/kv/a?stale", "/v1/kv/a", "/store/a"] {
            let answer = try connection.request("GET", target)
            #expect(answer.status == 503, "\(target)")
            #expect(answer.body.contains("entry 7 needs feature level 2"), "\(target)")
            #expect(answer["Retry-After"] != nil, "\(target)")
        }
        #expect(try connection.request("GET", "/v1/kv/a").body.contains(#""code":"not_ready","applied":"no""#))
    }

    @Test("A node that was removed from its cluster refuses everything and says what to do")
    func removed() throws {
        let connection = try node.connect()
        node.board.publish(staleReads: .removed)
        node.board.update { $0.isRemoved = true }
        node.replica.onBurst = { [node] burst in
            node.sink.post(burst.map { Completion(tag: $0.tag, outcome: .failed(.removed)) })
        }

        for (method, target) in [
            ("GET", "/v1/kv/a?stale"), ("GET", "/v1/kv/a"), ("PUT", "/v1/kv/a"), ("GET", "/store/a"),
        ] {
            let answer = try connection.request(method, target)
            #expect(answer.status == 503, "\(method) \(target)")
            #expect(answer.body.contains("was removed from its cluster"), "\(method) \(target)")
        }
        #expect(try connection.request("PUT", "/v1/kv/a").body.contains(#""code":"removed","applied":"no""#))
        let ready = try connection.request("GET", "/readyz")
        #expect(ready.status == 503)
        #expect(ready.body.contains("[-]serving failed: removed: this node is no longer a member"))
    }
}
