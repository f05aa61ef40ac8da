import Testing

@testable import LoadGenerator

@Suite("Responses are understood wherever the stream is cut, and garbage is refused")
struct ResponseParserTests {
    /// The result of parsing one response.
    private struct Seen: Equatable {
        var status: Int
        var body: String
        var closes: Bool
        var revision: UInt64?
    }

    /// Parses the text in pieces of `pieceBytes` bytes, like a connection: unconsumed bytes are passed again.
    private func parse(
        _ text: String, pieceBytes: Int = .max, keepsBody: Bool = true
    ) throws(ResponseFailure) -> (seen: [Seen], endsWithConnection: Bool) {
        var parser = ResponseParser()
        var input: [UInt8] = []
        var seen: [Seen] = []
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            input += rest.prefix(pieceBytes)
            rest = rest.dropFirst(pieceBytes)
            while !input.isEmpty {
                let step = try parseOnce(&parser, input, keepsBody: keepsBody)
                input.removeFirst(step.consumed)
                guard step.isComplete else { break }
                seen.append(
                    Seen(
                        status: parser.status, body: String(decoding: parser.body, as: UTF8.self),
                        closes: parser.closes,
                        revision: parser.revision))
            }
        }
        return (seen, parser.endsWithConnection)
    }

    /// `Array.withUnsafeBytes` loses the type of the error that its closure throws.
    private func parseOnce(
        _ parser: inout ResponseParser, _ input: [UInt8], keepsBody: Bool
    ) throws(ResponseFailure) -> ResponseParser.Step {
        let result = input.withUnsafeBytes { bytes in
            Result { () throws(ResponseFailure) in try parser.parse(bytes, keepsBody: keepsBody) }
        }
        return try result.get()
    }

    private static let mixed =
        "HTTP/1.1 200 OK\r\nX-Skiff-Revision: 17\r\ncontent-LENGTH:  5 \r\nServer: x\r\n\r\nhello"
        + "HTTP/1.1 100 Continue\r\n\r\n"
        + "HTTP/1.1 404 Not Found\r\nTransfer-Encoding: chunked\r\n\r\n"
        + "4;a=b\r\nWiki\r\nA\r\n0123456789\r\n0\r\nT: v\r\n\r\n"
        + "HTTP/1.1 204 No Content\r\n\r\n" + "HTTP/1.1 200 OK\nContent-Length: 0\nConnection: Close\n\n"

    @Test("Pipelined responses of every kind, cut into pieces of every length", arguments: 1...120)
    func cuts(pieceBytes: Int) throws {
        let seen = try parse(Self.mixed, pieceBytes: pieceBytes).seen

        #expect(
            seen == [
                Seen(status: 200, body: "hello", closes: false, revision: 17),
                Seen(status: 404, body: "Wiki0123456789", closes: false, revision: nil),
                Seen(status: 204, body: "", closes: false, revision: nil),
                Seen(status: 200, body: "", closes: true, revision: nil),
            ])
    }

    @Test("A status line needs no reason")
    func bareStatus() throws {
        let text = "HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n" + "HTTP/1.1 404\nContent-Length: 0\n\n"

        #expect(try parse(text).seen.map(\.status) == [200, 404])
        #expect(try parse(text, pieceBytes: 1).seen.map(\.status) == [200, 404])
    }

    @Test("An unwanted body is skipped, but the beginning of an error's body is kept")
    func unwanted() throws {
        let long = String(repeating: "e", count: 3_000)
        let text =
            "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello" + "HTTP/1.1 500 Oops\r\nContent-Length: 3000\r\n\r\n"
            + long
            + "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx"
        let bodies = try parse(text, pieceBytes: 700, keepsBody: false).seen.map(\.body)

        #expect(bodies == ["", String(long.prefix(EngineLimits.errorBodyBytesMax)), ""])
    }

    @Test("HTTP/1.0 closes unless it says keep-alive")
    func version10() throws {
        let closing = try parse("HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n").seen
        let keeping = try parse("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n").seen

        #expect(closing.map(\.closes) == [true])
        #expect(keeping.map(\.closes) == [false])
    }

    @Test("Without a length the body ends with the connection")
    func untilClose() throws {
        let result = try parse("HTTP/1.1 200 OK\r\n\r\nsome", pieceBytes: 3)

        #expect(result.seen.isEmpty)
        #expect(result.endsWithConnection)
        #expect(try parse("HTTP/1.1 200 OK\r\nContent-Le").endsWithConnection == false)
    }

    @Test(
        "Garbage is refused with its reason, wherever it is cut",
        arguments: [
            ("SSH-2.0-OpenSSH_9.6\r\n", ResponseFailure.notHTTP), ("\u{16}\u{3}\u{1}", .notHTTP),
            ("HTTP/2.0 200 OK\r\n\r\n", .notHTTP), ("HTTP/1.1 2x0 OK\r\n\r\n", .notHTTP),
            ("HTTP/1.1 020 OK\r\n\r\n", .notHTTP), ("HTTP/1.1\r\n\r\n", .notHTTP),
            ("HTTP/1.1 \r\n\r\n", .notHTTP), ("HTTP/1.1 20\n\n", .notHTTP), ("HTTP/1.1 2000 OK\r\n\r\n", .notHTTP),
            (
                "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n" + "HTTP/1.1 \r\nContent-Length: 0\r\n\r\n",
                .notHTTP
            ),
            ("HTTP/1.1 101 Switching Protocols\r\n\r\n", .protocolSwitch),
            ("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", .badContentLength),
            ("HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n", .badContentLength),
            ("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", .badContentLength),
            ("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n", .badChunk),
            ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", .badChunk),
            ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffffffff\r\n", .badChunk),
            ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n", .badChunk),
        ])
    func garbage(text: String, failure: ResponseFailure) {
        for pieceBytes in [1, 2, 7, 1_000] {
            #expect(throws: failure) { try parse(text, pieceBytes: pieceBytes) }
        }
    }

    @Test("A head without end is refused, also one without any line break")
    func largeHead() {
        let large = String(repeating: "x", count: EngineLimits.headBytesMax + 1)
        for text in [
            "HTTP/1.1 200 \(large)", "HTTP/1.1 200 OK\r\nA: \(large)", "HTTP/1.1 200 OK\r\nA: \(large)\r\n\r\n",
        ] {
            #expect(throws: ResponseFailure.headTooLarge) { try parse(text, pieceBytes: 10_000) }
        }
    }

    @Test("A chunk line without end is refused")
    func largeChunkLine() {
        let text = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;" + String(repeating: "x", count: 2_000)

        #expect(throws: ResponseFailure.badChunk) { try parse(text, pieceBytes: 500) }
    }

    @Test("A wanted body above the limit is refused")
    func largeBody() {
        let count = EngineLimits.bodyBytesMax + 1
        let text = "HTTP/1.1 200 OK\r\nContent-Length: \(count)\r\n\r\n" + String(repeating: "x", count: count)

        #expect(throws: ResponseFailure.bodyTooLarge) { try parse(text) }
    }
}
