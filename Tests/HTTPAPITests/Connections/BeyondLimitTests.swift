@testable import Accepting
import HotPath
import NIOCore
import NIOEmbedded
import Testing

@testable import HTTPAPI

@Suite("A connection beyond the limit")
struct BeyondLimitTests {
    private let node = EmbeddedNode()

    private func connect() throws -> Connection { try node.connect(isBeyondLimit: true) }

    @Test(
        "A question about the node is answered, and the connection ends with that",
        arguments: ["/livez", "/readyz", "/readyz?verbose", "/health", "/raft/stats", "/version", "/"])
    func health(_ target: String) throws {
        let connection = try connect()
        let answer = try connection.request("GET", target)

        #expect(answer.status == 200)
        #expect(answer["Connection"] == "close")
        #expect(answer.rest.isEmpty)
        #expect(!connection.isOpen)
    }

    @Test("Every other route is refused with the limit, on raft-sample's routes as well, and reaches nobody")
    func refused() throws {
        for path in RouteTable.paths.flatMap(\.descriptions) {
            let words = path.replacing("{key}", with: "k").split(separator: " ").map(String.init)
            // Digests are about the data, and take long.
            let isAboutNode = words[0] == "GET" && !words[1].hasSuffix("/k") && !words[1].hasSuffix("/hash")
            let connection = try connect()
            if words[0] == "HEAD" { continue }
            let answer = try connection.request(words[0], words[1])

            #expect(answer.status == (isAboutNode ? 200 : 503), "\(path)")
            #expect(!connection.isOpen, "\(path)")
            guard !isAboutNode else { continue }
            #expect(answer["Connection"] == "close" && answer["Retry-After"] == "1", "\(path)")
            #expect(answer.body.contains(#""error":"this node has 5 connections, as many as it may have"#), "\(path)")
            #expect(answer.body.contains(#""code":"too_many_connections","applied":"no""#), "\(path)")
            #expect(answer.body.contains(#""limit":5"#), "\(path)")
        }
        #expect(node.replica.submissions.isEmpty && node.control.requests.isEmpty)
    }

    @Test(
        "A refusal does not wait for the body, however that is sent",
        arguments: [
            "Content-Length: 1000000\r\n\r\nsome", "Transfer-Encoding: chunked\r\n\r\n4\r\nsome\r\n",
            "Expect: 100-continue\r\nContent-Length: 4\r\n\r\n",
        ])
    func body(_ rest: String) throws {
        let connection = try connect()
        try connection.send("PUT /v1/kv/a HTTP/1.1\r\nHost: x\r\n\(rest)")

        #expect(try Answer(try connection.received()).status == 503)
        try connection.send("rest")
        node.advance(.milliseconds(HTTPLimits.reserveMilliseconds + 200))
        #expect(!connection.isOpen)
        #expect(node.services.bodies.bytes == 0)
    }

    @Test("Input that is no request, or has no route, gets its own answer")
    func badInput() throws {
        for (text, status) in [
            (Connection.text("GET", "/nothing"), 404), ("hello\r\n\r\n", 400),
            ("GET  / HTTP/1.1\r\nHost: x\r\n\r\n", 400),
            ("GET /livez HTTP/1.1\r\n\r\n", 400), (Connection.text("GET", "/livez?x"), 400),
        ] {
            let connection = try connect()
            let answer = try connection.exchange(text)
            #expect(answer.status == status)
            #expect(answer["Connection"] == "close")
        }
    }

    @Test("It cannot be held: after its time it is closed, with no request, with half of one, or with a slow body")
    func time() throws {
        for text in ["", "GET /livez HTT", "GET /livez HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n"] {
            let connection = try connect()
            try connection.send(text)
            node.advance(.milliseconds(HTTPLimits.reserveMilliseconds))
            #expect(connection.isOpen, "\(text)")
            node.advance(.milliseconds(200))
            #expect(!connection.isOpen, "\(text)")
        }
        let usual = try node.connect()
        node.advance(.milliseconds(HTTPLimits.reserveMilliseconds + 200))
        #expect(usual.isOpen)
    }

    @Test("While the reserve is used up, a place without a whole request is free again sooner")
    func underLoad() throws {
        let other = Token()
        let more = (0..<6).map { _ in Token() }
        for token in more { _ = node.connections.add(ObjectIdentifier(token)) }
        let idle = try connect()
        node.advance(.milliseconds(HTTPLimits.reserveMillisecondsUnderLoad + 200))
        #expect(idle.isOpen)

        #expect(node.connections.add(ObjectIdentifier(other)) == false)
        let asking = try connect()
        try asking.send("PUT /v1/kv/a HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n")
        node.advance(.milliseconds(HTTPLimits.reserveMillisecondsUnderLoad + 200))
        #expect(!idle.isOpen)
        #expect(try Answer(try asking.received()).status == 503)
    }

    @Test("A process that stood still gives it its time again")
    func stall() throws {
        let connection = try connect()
        node.eventLoop.advanceTime(by: .seconds(60))
        node.table.sweep()
        #expect(connection.isOpen)
        #expect(try connection.request("GET", "/livez").status == 200)
    }

    private final class Token {}
}
