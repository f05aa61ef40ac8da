import HotPath
import KeyValue
import NIOCore
import NIOEmbedded
import RaftCore
import Synchronization
import Testing

@testable import HTTPAPI

@Suite("A connection from its first byte to its end")
struct ConnectionLifeTests {
    private let node = EmbeddedNode()

    // MARK: Keep-alive

    @Test("HTTP/1.1 stays open unless the client says close")
    func close() throws {
        let connection = try node.connect()
        #expect(try connection.request("GET", "/livez")["Connection"] == nil)
        let last = try connection.request("GET", "/livez", ["Connection: close"])
        #expect(last["Connection"] == "close")
        #expect(!connection.isOpen)
    }

    @Test("HTTP/1.0 closes unless the client says keep-alive")
    func oldVersion() throws {
        let connection = try node.connect()
        let first = try connection.exchange("GET /livez HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
        #expect(first["Connection"] == "keep-alive")
        #expect(connection.isOpen)
        let second = try connection.exchange("GET /livez HTTP/1.0\r\n\r\n")
        #expect(second["Connection"] == "close")
        #expect(!connection.isOpen)
    }

    @Test("A close waits for the answer, and what follows it is ignored")
    func closeWaits() throws {
        let connection = try node.connect()
        try connection.send(
            Connection.text("PUT", "/v1/kv/a", ["Connection: close"], body: "x")
                + Connection.text("PUT", "/v1/kv/b", body: "y"))
        #expect(connection.isOpen)
        #expect(node.replica.submissions.count == 1)

        node.complete([0])

        #expect(try Answer.all(try connection.received()).count == 1)
        #expect(!connection.isOpen)
    }

    @Test("An upgrade is not made, the request is answered and the connection closed")
    func upgrade() throws {
        let connection = try node.connect()
        let answer = try connection.request("GET", "/livez", ["Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c"])
        #expect(answer.status == 200)
        #expect(answer["Connection"] == "close")
        #expect(!connection.isOpen)
    }

    // MARK: Expect

    @Test("Expect: 100-continue is answered before the body")
    func expectContinue() throws {
        let connection = try node.connect()
        node.answersAtOnce()
        try connection.send("PUT /v1/kv/a HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n")
        #expect(try connection.received() == "HTTP/1.1 100 Continue\r\n\r\n")
        try connection.send("ab")
        #expect(try Answer(try connection.received()).status == 200)
    }

    @Test("It waits for the answers before it")
    func expectContinueBehindAnother() throws {
        let connection = try node.connect()
        try connection.send(
            Connection.text("PUT", "/v1/kv/a", body: "x")
                + "PUT /v1/kv/b HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n")
        #expect(try connection.received().isEmpty)
        node.complete([0])
        let text = try connection.received()
        #expect(text.hasPrefix("HTTP/1.1 200 OK\r\n"))
        #expect(text.hasSuffix("HTTP/1.1 100 Continue\r\n\r\n"))
        try connection.send("ab")
        node.complete([1])
        #expect(try Answer(try connection.received()).status == 200)
    }

    @Test("A client that does not wait for it gets one answer only")
    func expectContinueNotWaitedFor() throws {
        let connection = try node.connect()
        node.answersAtOnce()
        try connection.send("PUT /v1/kv/a HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nab")
        let text = try connection.received()
        #expect(text.hasPrefix("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n"))
    }

    @Test("A request that is refused anyway is refused before its body, and the connection ends")
    func expectRefused() throws {
        let connection = try node.connect()
        let answer = try connection.exchange(
            "PUT /v1/kv/a HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2000000\r\n\r\n")
        #expect(answer.status == 413)
        #expect(answer.body.contains("value_too_large"))
        #expect(answer["Connection"] == "close")
        node.advance(.seconds(3))
        #expect(!connection.isOpen)
    }

    // MARK: Deadlines

    @Test("A write without an answer is 504 unknown, its late completion is ignored")
    func writeTimeout() throws {
        let connection = try node.connect()
        try connection.send(Connection.text("PUT", "/v1/kv/a", body: "x"))
        node.advance(.milliseconds(4_900))
        #expect(try connection.received().isEmpty)
        node.advance(.milliseconds(300))
        let answer = try Answer(try connection.received())
        #expect(answer.status == 504)
        #expect(answer.body.contains(#""code":"timeout","applied":"unknown""#))

        try connection.send(Connection.text("PUT", "/v1/kv/b", body: "y"))
        node.complete([0])
        #expect(try connection.received().isEmpty)
        node.complete([1])
        #expect(try Answer(try connection.received()).body.hasPrefix(#"{"key":"b""#))
    }

    @Test("A read without an answer is 504, and took no effect")
    func readTimeout() throws {
        let connection = try node.connect()
        try connection.send(Connection.text("GET", "/v1/kv/a"))
        node.advance(.milliseconds(5_200))
        let answer = try Answer(try connection.received())
        #expect(answer.status == 504)
        #expect(answer.body.contains(#""applied":"no""#))
    }

    @Test("A request may shorten its time, and lengthen it within bounds")
    func ownTimeout() throws {
        let connection = try node.connect()
        try connection.send(Connection.text("PUT", "/v1/kv/a?timeout=300ms", body: "x"))
        node.advance(.milliseconds(500))
        #expect(try Answer(try connection.received()).status == 504)

        try connection.send(Connection.text("PUT", "/v1/kv/a?timeout=20s", body: "x"))
        node.advance(.seconds(19))
        #expect(try connection.received().isEmpty)
        node.advance(.seconds(2))
        #expect(try Answer(try connection.received()).status == 504)

        try connection.send(Connection.text("PUT", "/v1/kv/a?timeout=24h", body: "x"))
        node.advance(.seconds(61))
        #expect(try Answer(try connection.received()).status == 504)
        #expect(try connection.request("PUT", "/v1/kv/a?timeout=soon").status == 400)
        #expect(try connection.request("PUT", "/v1/kv/a?timeout=0s").status == 400)
    }

    @Test("Only what is late is answered for, in order")
    func timeoutsInOrder() throws {
        let connection = try node.connect()
        try connection.send(
            Connection.text("PUT", "/v1/kv/a?timeout=2s", body: "x")
                + Connection.text("PUT", "/v1/kv/b?timeout=1s", body: "x"))
        node.advance(.milliseconds(1_500))
        #expect(try connection.received().isEmpty)
        node.complete([0])
        #expect(try Answer.all(try connection.received()).map(\.status) == [200, 504])
    }

    @Test("A header that comes too slowly is 408")
    func slowHeader() throws {
        let connection = try node.connect()
        try connection.send("GET /livez HTTP/1.1\r\nHost: x\r\nA: ")
        for _ in 0..<4 {
            node.advance(.seconds(1))
            try connection.send("b")
        }
        #expect(try connection.received().isEmpty)
        node.advance(.milliseconds(1_200))
        #expect(try Answer(try connection.received()).status == 408)
        node.advance(.seconds(3))
        #expect(!connection.isOpen)
    }

    @Test("A body that trickles is 408, one that keeps up is not")
    func slowBody() throws {
        let trickling = try node.connect()
        let steady = try node.connect()
        for connection in [trickling, steady] {
            try connection.send("PUT /v1/kv/a HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n")
            try connection.send(String(repeating: "x", count: 50_000))
        }
        for _ in 0..<12 {
            node.advance(.seconds(1))
            try trickling.send("x")
            try steady.send(String(repeating: "x", count: 2_000))
        }
        #expect(try Answer(try trickling.received()).status == 408)
        #expect(try steady.received().isEmpty)
        #expect(steady.isOpen)
        #expect(node.replica.submissions.isEmpty)
    }

    @Test("Nobody is called slow when this process stood still, nor is a request timed out that it finds then")
    func stall() throws {
        let head = try node.connect()
        try head.send("GET /livez HT")
        let body = try node.connect()
        try body.send("PUT /v1/kv/a HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhal")
        let late = try node.connect()

        node.eventLoop.advanceTime(by: .seconds(20))
        try late.send(Connection.text("PUT", "/v1/kv/b", body: "x"))
        node.table.sweep()

        #expect(try late.received().isEmpty)
        node.complete([0])
        #expect(try Answer(try late.received()).status == 200)
        try head.send("TP/1.1\r\nHost: x\r\n\r\n")
        #expect(try Answer(try head.received()).status == 200)
        #expect(try body.received().isEmpty)
        node.advance(.seconds(6))
        #expect(try Answer(try body.received()).status == 408)
    }

    @Test("A body is not called slow while this side does not read")
    func pausedBody() throws {
        let connection = try node.connect()
        try connection.send((0..<127).map { Connection.text("PUT", "/v1/kv/k\($0)?timeout=1m", body: "v") }.joined())
        try connection.send(
            Connection.text("PUT", "/v1/kv/last?timeout=1m", body: "v")
                + "PUT /v1/kv/a HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n")
        node.advance(.seconds(20))
        #expect(try connection.received().isEmpty)
        node.complete(0..<128)
        #expect(try Answer.all(try connection.received()).count == 128)
        node.advance(.seconds(4))
        #expect(try connection.received().isEmpty)
    }

    @Test("An idle connection is closed, one that works is not")
    func idle() throws {
        let idle = try node.connect()
        let busy = try node.connect()
        for _ in 0..<8 {
            node.advance(.seconds(10))
            #expect(try busy.request("GET", "/livez").status == 200)
        }
        #expect(!idle.isOpen)
        #expect(busy.isOpen)
        #expect(try idle.received().isEmpty)
    }

    @Test("A client that never takes its answers is cut off")
    func neverReads() throws {
        let connection = try node.connect()
        node.answersAtOnce()
        connection.setWritable(false)
        try connection.send(Connection.text("GET", "/v1/kv/a?stale"))
        node.advance(.seconds(76))
        #expect(!connection.isOpen)
    }

    // MARK: Draining

    @Test("Draining closes idle connections, lets open requests finish with Connection: close, and then is done")
    func drain() throws {
        let idle = try node.connect()
        let open = try node.connect()
        try open.send(Connection.text("PUT", "/v1/kv/a", body: "x") + Connection.text("PUT", "/v1/kv/b", body: "x"))
        let drained = node.eventLoop.makePromise(of: Void.self)
        let isDrained = Atomic(false)
        drained.futureResult.whenSuccess { isDrained.store(true, ordering: .relaxed) }

        node.table.drain(drained)
        node.eventLoop.run()
        #expect(!idle.isOpen)
        #expect(open.isOpen)
        let isDrainedEarly = isDrained.load(ordering: .relaxed)
        #expect(!isDrainedEarly)

        try open.send(Connection.text("GET", "/readyz"))
        node.complete([0])
        #expect(try Answer.all(try open.received()).map { $0["Connection"] } == [nil])
        node.complete([1])
        let answers = try Answer.all(try open.received())
        #expect(answers.map(\.status) == [200, 503])
        #expect(answers.map { $0["Connection"] } == [nil, "close"])
        node.eventLoop.run()
        #expect(!open.isOpen)
        let isDrainedAtLast = isDrained.load(ordering: .relaxed)
        #expect(isDrainedAtLast)
    }

    @Test("The last answer of a draining connection says close")
    func drainSaysClose() throws {
        let connection = try node.connect()
        try connection.send(Connection.text("PUT", "/v1/kv/a", body: "x"))
        node.table.drain(node.eventLoop.makePromise(of: Void.self))
        node.complete([0])
        #expect(try Answer(try connection.received())["Connection"] == "close")
        #expect(!connection.isOpen)
    }

    @Test("Requests that are open when the time to drain is over are answered as unknown, and everything closes")
    func drainDeadline() throws {
        let waiting = try node.connect()
        let receiving = try node.connect()
        try waiting.send(Connection.text("PUT", "/v1/kv/a", body: "x"))
        try receiving.send("PUT /v1/kv/a HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhalf")
        node.table.drain(node.eventLoop.makePromise(of: Void.self))
        #expect(waiting.isOpen)
        #expect(receiving.isOpen)

        node.table.closeAll()
        node.eventLoop.run()

        let answer = try Answer(try waiting.received())
        #expect(answer.status == 504)
        #expect(answer.body.contains(#""applied":"unknown""#))
        #expect(!waiting.isOpen)
        #expect(!receiving.isOpen)
        #expect(node.replica.submissions.count == 1)
        #expect(node.services.bodies.bytes == 0)
        node.complete([0])
    }
}
