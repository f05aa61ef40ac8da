import Bytes
import HotPath
import KeyValue
import NIOCore
import NIOEmbedded
import Testing

@testable import HTTPAPI

@Suite("Input that cannot be served")
struct BadInputTests {
    private let node = EmbeddedNode()

    static let unreadable: [(String, Int)] = [
        ("GET /livez HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nx", 400),
        ("PUT /v1/kv/a HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx", 400),
        ("PUT /v1/kv/a HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
        ("PUT /v1/kv/a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n", 400),
        ("PUT /v1/kv/a HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n", 400),
        ("PUT /v1/kv/a HTTP/1.1\r\nHost: x\r\nContent-Length: 1x\r\n\r\nx", 400),
        ("PUT /v1/kv/a HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\n", 413),
        ("PUT /v1/kv/a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n", 400),
        ("PUT /v1/kv/a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 400),
        ("PUT /v1/kv/a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n", 413),
        ("PUT /v1/kv/a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\nx", 413),
        ("GET /livez HTTP/1.1\r\nHost : x\r\n\r\n", 400),
        ("GET /livez HTTP/1.1\r\n: x\r\n\r\n", 400),
        ("GET /livez HTTP/1.1\r\nHost: x\r\nA: x\r\n folded\r\n\r\n", 400),
        ("GET /livez HTTP/2.0\r\n\r\n", 400),
        ("GET /livez HTTP/9\r\n\r\n", 400),
        ("GET /livez FTP/1.1\r\n\r\n", 400),
        ("GET  HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        ("GET /a b HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        ("DELETE  /v1/kv/a HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        ("DELETE /v1/kv/a  HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        ("hello\r\n\r\n", 400),
        ("\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}", 400),
        ("FROB /v1/kv/a HTTP/1.1\r\nHost: x\r\n\r\n", 405),
        ("GET /livez HTTP/1.1\r\nHost: x\r\nA: \(String(repeating: "x", count: 17_000))\r\n\r\n", 431),
        ("GET /\(String(repeating: "x", count: 17_000)) HTTP/1.1\r\nHost: x\r\n\r\n", 431),
        ("GET /livez HTTP/1.1\r\nHost: x\r\n\(String(repeating: "A: b\r\n", count: 65))\r\n", 431),
    ]

    @Test("Input that is no request is answered, submits nothing, and ends the connection", arguments: unreadable)
    func unreadableInput(_ text: String, _ status: Int) throws {
        let connection = try node.connect()
        try connection.send(text)

        let answer = try Answer(try connection.received())
        #expect(answer.status == status)
        #expect(answer["Connection"] == "close")
        #expect(answer.rest.isEmpty)
        #expect(node.replica.submissions.isEmpty)
        try connection.send(Connection.text("GET", "/livez"))
        #expect(try connection.received().isEmpty)
        node.advance(.seconds(3))
        #expect(!connection.isOpen)
    }

    @Test("A size beyond all measure is refused as any other that is too large", arguments: ["", " "])
    func hugeLength(_ space: String) throws {
        for length in ["16777217", "9223372036854775807", "9223372036854775808", "18446744073709551615"] {
            let answer = try node.connect().exchange(
                "PUT /v1/kv/a HTTP/1.1\r\nHost: x\r\nContent-Length: \(space)\(length)\r\n\r\n")
            #expect(answer.status == 413)
        }
    }

    @Test("A transfer coding that is not undone, and part of a value, are refused")
    func notUnderstood() throws {
        let connection = try node.connect()
        let coded = "PUT /v1/kv/a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n"
        #expect(try connection.exchange(coded).status == 501)
        #expect(
            try connection.request("PUT", "/v1/kv/a", ["Content-Range: bytes 0-1/*"], body: "x").status == 400)
        #expect(node.replica.submissions.isEmpty)
    }

    @Test("The limits of a header are taken to the byte and the field")
    func headerLimits() throws {
        let connection = try node.connect()
        let fields = (1..<64).map { "F\($0): v" }
        #expect(
            try connection.exchange("GET /livez HTTP/1.1\r\nHost: x\r\n\(fields.joined(separator: "\r\n"))\r\n\r\n")
                .status == 200)
        #expect(try connection.request("GET", "/livez", ["A: " + String(repeating: "x", count: 16_000)]).status == 200)
    }

    @Test("Bad input after good requests leaves their answers alone and takes its own turn")
    func badBehindGood() throws {
        let connection = try node.connect()
        try connection.send(Connection.text("PUT", "/v1/kv/a", body: "x") + "rubbish\r\n\r\n")
        #expect(try connection.received().isEmpty)

        node.complete([0])

        let answers = try Answer.all(try connection.received())
        #expect(answers.map(\.status) == [200, 400])
    }

    @Test("A body above 16 MiB is refused before it comes, and the connection ends")
    func statedTooLarge() throws {
        let connection = try node.connect()
        try connection.send("POST /store HTTP/1.1\r\nHost: x\r\nContent-Length: 16777217\r\n\r\n{")
        let answer = try Answer(try connection.received())
        #expect(answer.status == 413)
        #expect(answer.body.contains(#""code":"request_too_large""#))
        #expect(answer["Connection"] == "close")
        try connection.send(String(repeating: "x", count: 100_000))
        #expect(try connection.received().isEmpty)
        #expect(node.services.bodies.bytes == 0)
    }

    @Test("A chunked body is not read forever")
    func endless() throws {
        let connection = try node.connect()
        try connection.send("PUT /v1/kv/a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
        let chunk = "100000\r\n" + String(repeating: "x", count: 0x100000) + "\r\n"
        for _ in 0..<17 { try connection.send(chunk) }
        let answer = try Answer(try connection.received())
        #expect(answer.status == 413)
        #expect(answer["Connection"] == "close")
        #expect(node.replica.submissions.isEmpty)
    }

    @Test("A body that nobody wants is read and forgotten")
    func unwantedBody() throws {
        let connection = try node.connect()
        #expect(try connection.request("GET", "/livez", body: "hello").status == 200)
        #expect(
            try connection.request("DELETE", "/nothing", body: String(repeating: "x", count: 100_000)).status == 404)
        #expect(try connection.request("PUT", "/v1/kv/%", body: "hello").status == 400)
        #expect(try connection.request("GET", "/livez").status == 200)
        #expect(node.services.bodies.bytes == 0)
    }

    @Test("A control body has a small limit")
    func controlTooLarge() throws {
        let connection = try node.connect()
        let answer = try connection.request("POST", "/raft/join", body: String(repeating: " ", count: 70_000))
        #expect(answer.status == 413)
        #expect(node.control.requests.isEmpty)
    }

    @Test("Nothing of a request whose body breaks off is submitted")
    func abortedBody() throws {
        let connection = try node.connect()
        try connection.send("PUT /v1/kv/a HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhalf")
        #expect(node.services.bodies.bytes == 4)
        try connection.channel.close().wait()
        node.eventLoop.run()
        #expect(node.replica.submissions.isEmpty)
        #expect(node.services.bodies.bytes == 0)

        let halfClosed = try node.connect()
        try halfClosed.send("PUT /v1/kv/a HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhalf")
        halfClosed.channel.pipeline.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
        #expect(node.replica.submissions.isEmpty)
        #expect(node.services.bodies.bytes == 0)
    }

    @Test("A client may close its half and still gets what it asked for")
    func halfClosed() throws {
        let connection = try node.connect()
        try connection.send(Connection.text("PUT", "/v1/kv/a", body: "x"))
        connection.channel.pipeline.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
        #expect(connection.isOpen)

        node.complete([0])

        #expect(try Answer(try connection.received()).status == 200)
        #expect(!connection.isOpen)
    }

    @Test("Bodies beyond the loop's budget are refused with 429 and not kept")
    func collectedBudget() throws {
        node.services.bodies.takeAnyway(HTTPLimits.collectedBytesMax - 2)
        let connection = try node.connect()
        #expect(try connection.request("PUT", "/v1/kv/a", body: "abc").status == 429)
        #expect(node.services.bodies.bytes == HTTPLimits.collectedBytesMax - 2)
        #expect(node.replica.submissions.isEmpty)
    }

    @Test("Whatever arrives, nothing traps and nothing is left over", arguments: 0..<40)
    func mutations(_ seed: Int) throws {
        var random = SplitMix64(seed: UInt64(seed))
        let node = EmbeddedNode()
        node.answersAtOnce()
        let samples = [
            Connection.text("PUT", "/v1/kv/a%20b?cas=0&timeout=1s", ["If-Match: \"1\""], body: "value"),
            Connection.text("POST", "/store", body: #"{"key":"k\u00e9","value":[1,{"a":"b"}]}"#),
            Connection.text("GET", "/v1/kv/a?consistency=stale&format=json", ["Expect: 100-continue"]),
            "PUT /v1/kv/c HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
            // Without a node_id: a change that gets through would answer from another thread.
            Connection.text("POST", "/raft/join", body: #"{"raft_address":"h:1","wait":false}"#),
            Connection.text("DELETE", "/store/x%2Fy/") + Connection.text("HEAD", "/readyz?verbose&exclude=leader"),
        ]
        for _ in 0..<50 {
            let connection = try node.connect()
            var bytes = samples.shuffled(using: &random).prefix(3).flatMap { Array($0.utf8) }
            for _ in 0..<Int.random(in: 0...4, using: &random) {
                let place = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0: bytes[place] = UInt8.random(in: .min ... .max, using: &random)
                case 1: bytes.remove(at: place)
                default: bytes.insert(UInt8.random(in: .min ... .max, using: &random), at: place)
                }
            }
            while !bytes.isEmpty {
                let count = Int.random(in: 1...bytes.count, using: &random)
                try connection.send(bytes.prefix(count))
                bytes.removeFirst(count)
            }
            _ = try connection.received()
            connection.channel.close(promise: nil)
            node.eventLoop.run()
        }
        #expect(node.services.bodies.bytes == 0)
    }
}
