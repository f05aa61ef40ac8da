import Bytes
import NIOCore
import Testing

@testable import HTTPAPI

@Suite("The way through the messages that NIO's decoder reads")
struct MessageTraceTests {
    /// Messages, whether a head stands at the start of what follows, and how large a chunked body says that it is.
    static let chunked = "PUT /v1/kv/a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"

    private func follow(_ trace: inout ChunkTrace, _ text: String) -> Int { text.withBytes { trace.follow($0) } }

    @Test("A body in chunks ends where its last line does, in pieces of any size", arguments: 1...20)
    func chunks(size: Int) {
        let body =
            "5\r\nhello\r\n000A;x=\"1;2\";f\r\n0123\r\n6789\r\n1 \r\n\n\r\n0\r\nA: 1\r\nBb: 0\r\n\r\n"
        let bytes = Array((body + "GET / HTTP/1.1\r\n").utf8)
        var trace = ChunkTrace()
        var start = 0
        while !trace.hasEnded {
            let piece = bytes[start...].prefix(size)
            start += Array(piece).withUnsafeBytes { trace.follow($0) }
        }

        #expect(start == body.utf8.count)
        #expect(trace.statedBytes == 16)
    }

    @Test("The size that a body announces is known with the digits of its last chunk, and never wraps")
    func stated() {
        var trace = ChunkTrace()
        #expect(follow(&trace, "fF") == 2)
        #expect(trace.statedBytes == 255)
        #expect(follow(&trace, "fffffffffffff") == 13)
        #expect(trace.statedBytes == 0x0FFF_FFFF_FFFF_FFFF)
        #expect(follow(&trace, "f") == 1)
        #expect(trace.statedBytes == .max)
        #expect(follow(&trace, "0") == 1)
        #expect(trace.statedBytes == .max)

        var sum = ChunkTrace()
        #expect(follow(&sum, "3\r\nabc\r\n0002;fff\r\nab\r\n") == 22)
        #expect(sum.statedBytes == 5)
        #expect(follow(&sum, "ffffffffffffffff") == 16)
        #expect(sum.statedBytes == .max)
    }

    @Test(
        "A chunked body that fits is taken whole, whatever its data looks like and however it is cut", arguments: 0..<20
    )
    func valid(seed: Int) throws {
        var random = SplitMix64(seed: UInt64(seed))
        let node = EmbeddedNode()
        node.answersAtOnce()
        let connection = try node.connect()
        var input: [UInt8] = []
        var values: [[UInt8]] = []
        for _ in 0..<20 {
            var value: [UInt8] = []
            input += Self.chunked.utf8
            for _ in 0..<Int.random(in: 0...5, using: &random) {
                let data = (0..<Int.random(in: 1...3_000, using: &random)).map { _ in
                    Array("f0\r\n;GET ".utf8).randomElement(using: &random) ?? 0
                }
                let digits = String(repeating: "0", count: Int.random(in: 0...30, using: &random))
                let line = digits + String(data.count, radix: 16, uppercase: Bool.random(using: &random))
                input += (line + (Bool.random(using: &random) ? "\r\n" : ";e=\"ff;f\"\r\n")).utf8
                input += data + Array("\r\n".utf8)
                value += data
            }
            input += (Bool.random(using: &random) ? "0\r\n\r\n" : "000;a\r\nT: f\r\nU: 1000001\r\n\r\n").utf8
            values.append(value)
        }
        var start = 0
        while start < input.count {
            let count = Bool.random(using: &random) ? Int.random(in: 1...20, using: &random) : 60_000
            try connection.send(input[start...].prefix(count))
            start += count
        }

        #expect(try Answer.all(try connection.received()).allSatisfy { $0.status == 200 })
        #expect(node.replica.submissions.map(\.value) == values)
    }

    @Test("A body of 16 MiB in chunks is not refused for its size, one more byte is before it comes")
    func limit() throws {
        let node = EmbeddedNode()
        let batch = "POST /v1/batch HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
        let half = "800000\r\n" + String(repeating: " ", count: 0x80_0000) + "\r\n"
        let connection = try node.connect()
        for piece in [batch, half, half] { try connection.send(piece) }
        #expect(try connection.received().isEmpty)
        try connection.send("1")
        #expect(try Answer(try connection.received()).status == 413)

        let other = try node.connect()
        for piece in [batch, half, half] { try other.send(piece) }
        #expect(try other.exchange("0\r\n\r\n").status != 413)
    }

    @Test("The line before a chunk has a limit, and so has a head whose white space nobody counts")
    func endlessLines() throws {
        let node = EmbeddedNode()
        let line = try node.connect()
        try line.send(Self.chunked)
        try line.send("1;" + String(repeating: "x", count: HTTPLimits.headerBytesMax - 2))
        #expect(try line.received().isEmpty)
        let answer = try line.exchange("x")
        #expect(answer.status == 400)
        #expect(answer.body.contains("the line with the size of a chunk is longer than"))

        // The decoder does not count the white space.
        let head = try node.connect()
        let spaces = String(repeating: " ", count: HTTPLimits.headerBytesMax + 1_000)
        #expect(try head.exchange("GET /livez HTTP/1.1\r\nHost: x\r\nA:\(spaces)").status == 431)
    }

    @Test("Empty lines before a request are passed over, also between requests")
    func emptyLines() throws {
        let node = EmbeddedNode()
        let connection = try node.connect()
        try connection.send(
            "\r\n\r\nGET /livez HTTP/1.1\r\nHost: x\r\n\r\n\r\n\r\nGET /livez HTTP/1.1\r\nHost: x\r\n\r\n\r\n")
        try connection.send("\r\nGET  /livez HTTP/1.1\r\nHost: x\r\n\r\n")

        let answers = try Answer.all(try connection.received())
        #expect(answers.map(\.status) == [200, 200, 400])
        #expect(answers[2].body.contains("one space between the method and the path"))
    }
}
