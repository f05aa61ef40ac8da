import Bytes
import HotPath
import KeyValue
import NIOCore
import NIOEmbedded
import NIOHTTP1
import Testing

@testable import HTTPAPI

/// How one head is recognised, without a connection.
@Suite("A plain head")
struct PlainHeadTests {
    static let plain = [
        "GET / HTTP/1.1\r\n\r\n",
        "HEAD /v1/kv/a?consistency=stale HTTP/1.1\r\nHost: localhost:2221\r\n\r\n",
        "PUT /v1/kv/%2F HTTP/1.1\r\nhost:x\r\nCONTENT-LENGTH: 5\r\nIf-Match: \"17\"\r\n\r\n",
        "POST /store HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 0\r\n\r\n",
        "DELETE //a//b?x=?&y HTTP/1.1\r\nConnection: Keep-Alive\r\nEmpty:\r\nAlso-Empty: \r\n\r\n",
        "GET /\(String(repeating: "k", count: 1_900)) HTTP/1.1\r\nUser-Agent: a b  c/1.0 (d; e) \"f\"\r\n\r\n",
    ]

    @Test("A head as clients write it is read, and each shorter beginning waits for more")
    func complete() {
        for text in Self.plain {
            let bytes = Array((text + "rest").utf8)
            let size = text.utf8.count
            #expect((0..<size).allSatisfy { Self.read(bytes[..<$0]).finding == .incomplete })
            for count in [size, bytes.count] {
                let (finding, head) = Self.read(bytes[..<count])
                #expect(finding == .complete)
                #expect(head.byteCount == size)
            }
        }
    }

    static let other = [
        "hello\r\n\r\n", "get / HTTP/1.1\r\n\r\n", "PATCH / HTTP/1.1\r\n\r\n", "\r\nGET / HTTP/1.1\r\n\r\n",
        "GET  / HTTP/1.1\r\n\r\n", "GET a HTTP/1.1\r\n\r\n", "GET http://a/ HTTP/1.1\r\n\r\n", "GET  HTTP/1.1\r\n\r\n",
        "GET /a#b HTTP/1.1\r\n\r\n", "GET /a\tb HTTP/1.1\r\n\r\n", "GET /ä HTTP/1.1\r\n\r\n",
        "GET /\u{7F} HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.0\r\n\r\n", "GET /  HTTP/1.1\r\n\r\n", "GET / HTTP/1.1 \r\n\r\n", "GET / HTTP/1.1\n\n",
        "GET / HTTP/1.1\r\nA: b\n\r\n", "GET / HTTP/1.1\r\nA: b\rc\r\n\r\n", "GET / HTTP/1.1\r\n\rx",
        "GET / HTTP/1.1\r\n: b\r\n\r\n", "GET / HTTP/1.1\r\nA : b\r\n\r\n", "GET / HTTP/1.1\r\nA\r\n\r\n",
        "GET / HTTP/1.1\r\n A: b\r\n\r\n", "GET / HTTP/1.1\r\nA: b\r\n c\r\n\r\n", "GET / HTTP/1.1\r\nA:  b\r\n\r\n",
        "GET / HTTP/1.1\r\nA: b \r\n\r\n", "GET / HTTP/1.1\r\nA:\tb\r\n\r\n", "GET / HTTP/1.1\r\nA: b\u{0}\r\n\r\n",
        "GET / HTTP/1.1\r\nA: ä\r\n\r\n", "GET / HTTP/1.1\r\n(A): b\r\n\r\n", "GET / HTTP/1.1\r\nÄ: b\r\n\r\n",
        "PUT / HTTP/1.1\r\nContent-Length: +1\r\n\r\n", "PUT / HTTP/1.1\r\nContent-Length: \r\n\r\n",
        "PUT / HTTP/1.1\r\nContent-Length: 1, 1\r\n\r\n", "PUT / HTTP/1.1\r\nContent-Length: 0x1\r\n\r\n",
        "PUT / HTTP/1.1\r\nContent-Length: 9223372036854775808\r\n\r\n",
        "PUT / HTTP/1.1\r\nContent-Length: 1\r\ncontent-length: 1\r\n\r\n",
        "PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", "PUT / HTTP/1.1\r\nExpect: 100-continue\r\n\r\n",
        "GET / HTTP/1.1\r\nConnection: close\r\n\r\n", "GET / HTTP/1.1\r\nConnection: keep-alive, upgrade\r\n\r\n",
        "GET / HTTP/1.1\r\nUpgrade: h2c\r\n\r\n", "GET / HTTP/1.1\r\nProxy-Connection: close\r\n\r\n",
        "GET / HTTP/1.1\r\n\(String(repeating: "A: b\r\n", count: 25))\r\n",
        "GET /\(String(repeating: "k", count: 2_100)) HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1\r\nA: \(String(repeating: "k", count: 2_100))",
    ]

    @Test("Whatever could be read in two ways, or is about more than one request, is left alone")
    func leftAlone() {
        for text in Self.other {
            #expect(Self.read(Array(text.utf8)[...]).finding == .other, "\(text.prefix(80).debugDescription)")
        }
    }

    @Test("The pieces of a head lie where they are")
    func pieces() {
        let bytes = Array("PUT /v1/kv/a?b HTTP/1.1\r\nHost: x y\r\nContent-Length: 12\r\nEmpty:\r\n\r\n".utf8)
        let (finding, head) = Self.read(bytes[...])
        #expect(finding == .complete)
        #expect(head.method == .put)
        #expect(head.contentLength == 12)
        let text = { (range: Range<Int>) in String(decoding: bytes[range], as: UTF8.self) }
        #expect(text(head.target) == "/v1/kv/a?b")
        #expect((0..<head.fieldCount).map { text(head.field($0).name) } == ["Host", "Content-Length", "Empty"])
        #expect((0..<head.fieldCount).map { text(head.field($0).value) } == ["x y", "12", ""])
    }

    private static func read(_ bytes: ArraySlice<UInt8>) -> (finding: PlainHead.Finding, head: PlainHead) {
        var head = PlainHead()
        let finding = bytes.withUnsafeBytes { head.read($0) }
        return (finding, head)
    }
}

/// The same bytes on a connection with and without `PlainHead`.
@Suite("A connection that reads plain requests by itself")
struct PlainRequestTests {
    private static let requests = [
        "GET /v1/kv/a?consistency=stale HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET /v1/kv/a HTTP/1.1\r\nHost: x\r\nAccept: */*\r\n\r\n",
        "HEAD /livez HTTP/1.1\r\nHost: x\r\nConnection: keep-alive\r\n\r\n",
        "PUT /v1/kv/a%20b HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Type: text/plain\r\n\r\nhello",
        "PUT /v1/kv/a?cas=3 HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nIf-None-Match: *\r\n\r\n",
        "PUT /v1/kv/a HTTP/1.1\r\nHost: x\r\nIf-Match: \"7\"\r\nContent-Length: 2\r\n\r\nhi",
        "PUT /v1/kv/a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n",
        "DELETE /v1/kv/a HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nxyz",
        "POST /store HTTP/1.1\r\nHost: x\r\nContent-Length: 23\r\n\r\n{\"key\":\"a\",\"value\":[1]}",
        "POST /v1/batch HTTP/1.1\r\nHost: x\r\nContent-Length: 33\r\n\r\n"
            + "{\"op\":\"put\",\"key\":\"a\",\"value\":\"b\"}",
        "GET /v1/kv/a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
        "GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    ]

    /// Damage that could turn one request into another.
    private static let bytes = Array("\r\n\t :;,%?#&=\"/\u{0}\u{7F}0159aAzGP-chunked".utf8) + [0x80, 0xC3, 0xFF]

    @Test("understands each request, right or wrong, as NIO's decoder does", arguments: 0..<8)
    func agrees(_ seed: Int) throws {
        var random = SplitMix64(seed: UInt64(seed))
        for _ in 0..<150 {
            var text = Array(Self.requests.randomElement(using: &random)!.utf8)
            for _ in 0..<Int.random(in: 0...2, using: &random) {
                let place = Int.random(in: 0..<text.count, using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0: text[place] = Self.bytes.randomElement(using: &random)!
                case 1: text.insert(Self.bytes.randomElement(using: &random)!, at: place)
                default: text.remove(at: place)
                }
            }
            var pieces = [text[...]]
            if Bool.random(using: &random) {
                let cut = Int.random(in: 0...text.count, using: &random)
                pieces = [text[..<cut], text[cut...]]
            }
            let plain = try ConnectionOutcome(of: pieces, after: "")
            let decoded = try ConnectionOutcome(of: pieces, after: ConnectionOutcome.handsOver)
            #expect(plain == decoded, "\(String(decoding: text, as: UTF8.self).debugDescription), seed \(seed)")
        }
    }

    @Test("takes a stream of requests in pieces of any size")
    func pieces() throws {
        let requests = (0..<20).map { place in
            Connection.text("PUT", "/v1/kv/\(place)", body: String(repeating: "v", count: place * 7))
                + Connection.text("GET", "/v1/kv/\(place)")
        }
        let stream = Array(requests.joined().utf8)
        for size in [1, 2, 3, 7, 64, 1_000, stream.count] {
            let node = EmbeddedNode()
            node.answersAtOnce()
            let connection = try node.connect()
            var received = ""
            for start in stride(from: 0, to: stream.count, by: size) {
                try connection.send(stream[start..<min(start + size, stream.count)])
                received += try connection.received()
            }
            let answers = try Answer.all(received)
            #expect(answers.count == 40)
            #expect(answers.allSatisfy { $0.status == 200 })
            #expect(node.replica.submissions.filter { $0.header != nil }.map(\.value.count) == (0..<20).map { $0 * 7 })
            #expect(node.services.bodies.bytes == 0)
        }
    }

    @Test("keeps what came before when NIO's decoder takes over, and stays with that one")
    func handsOver() throws {
        let node = EmbeddedNode()
        node.answersAtOnce()
        let connection = try node.connect()
        let chunked = "PUT /v1/kv/b HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n"
        try connection.send(Connection.text("PUT", "/v1/kv/a", body: "x") + chunked + Connection.text("GET", "/livez"))
        #expect(try Answer.all(try connection.received()).map(\.status) == [200, 200, 200])
        #expect(node.replica.submissions.map { String(decoding: $0.value, as: UTF8.self) } == ["x", "hi"])
        #expect(try connection.request("PUT", "/v1/kv/c", body: "y").status == 200)
    }

    @Test("answers a connection that ends inside a request, and submits nothing of it")
    func endOfInput() throws {
        for text in ["GET /v1/kv/a HT", "PUT /v1/kv/a HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhalf"] {
            for prelude in ["", ConnectionOutcome.handsOver] {
                let node = EmbeddedNode()
                let connection = try node.connect()
                try connection.send(prelude)
                _ = try connection.received()
                try connection.send(text)
                connection.channel.pipeline.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
                node.eventLoop.run()
                #expect(try Answer(try connection.received()).status == 400)
                #expect(node.replica.submissions.isEmpty)
                #expect(node.services.bodies.bytes == 0)
                #expect(!connection.isOpen)
            }
        }
    }

    @Test("notices a second head that comes too slowly after a first one")
    func slowSecondHead() throws {
        let node = EmbeddedNode { $0.headerTimeoutMilliseconds = 1_000 }
        let connection = try node.connect()
        try connection.send(Connection.text("GET", "/livez") + "GET /livez HT")
        #expect(try Answer.all(try connection.received()).map(\.status) == [200])
        node.advance(.seconds(2))
        #expect(try Answer(try connection.received()).status == 408)
    }

    @Test("does not blame a client for a head whose end it did not read")
    func heldBack() throws {
        for prelude in ["", ConnectionOutcome.handsOver] {
            let node = EmbeddedNode { $0.headerTimeoutMilliseconds = 1_000 }
            let connection = try node.connect()
            try connection.send(prelude)
            _ = try connection.received()
            let count = HTTPLimits.pendingRequestsMax
            let puts = String(repeating: Connection.text("PUT", "/v1/kv/a", body: "x"), count: count)
            try connection.send(puts + "GET /li")
            node.advance(.seconds(2))

            node.complete(0..<count)
            node.table.sweep()

            #expect(try Answer.all(try connection.received()).allSatisfy { $0.status == 200 })
            try connection.send("vez HTTP/1.1\r\nHost: x\r\n\r\n")
            #expect(try Answer(try connection.received()).status == 200)
        }
    }
}
