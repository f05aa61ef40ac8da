import NIOCore
import NIOEmbedded
import Testing

@testable import HTTPAPI

@Suite("The reason of a refusal")
struct HeadFlawTests {
    private static let put = "PUT /v1/kv/a HTTP/1.1\r\nHost: x\r\n"
    private static let chunked = put + "Transfer-Encoding: chunked\r\n"

    static let inputs: [(String, Int, String)] = [
        (
            put + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n", 400,
            "Content-Length next to Transfer-Encoding"
        ),
        (
            put + "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n", 400,
            "Content-Length next to Transfer-Encoding"
        ),
        (put + "content-length: 0\r\nA: b\r\ntransfer-encoding: gzip\r\n\r\n", 400, "Content-Length next to"),
        (put + "Content-Length: 1\r\nContent-Length: 2\r\n\r\nxx", 400, "several Content-Length"),
        (put + "Content-Length: 1\r\nContent-Length: 1\r\n\r\nx", 400, "several Content-Length"),
        (put + "Content-Length: 1x\r\n\r\nx", 400, "not '1x'"),
        (put + "Content-Length: -1\r\n\r\nx", 400, "not '-1'"),
        (put + "Content-Length: 1, 1\r\n\r\nx", 400, "not '1, 1'"),
        (put + "Content-Length:\r\n\r\nx", 400, "Content-Length is one number"),
        (put + "Content-Length: 18446744073709551616\r\n\r\nx", 413, #""limit":16777216"#),
        (put + "Content-Length: 99999999999999999999\r\n\r\nx", 413, #""limit":16777216"#),
        (put + "Content-Length: 0x10\r\n\r\nx", 400, "not '0x10'"),
        (put + "Transfer-Encoding: gzip\r\n\r\n", 400, "last coding of Transfer-Encoding is chunked"),
        (put + "Transfer-Encoding: chunked, gzip\r\n\r\n", 400, "has a coding after chunked"),
        (put + "Transfer-Encoding: identity\r\n\r\n", 400, "last coding of Transfer-Encoding is chunked"),
        (put + "Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n", 400, "has a coding after chunked"),
        (chunked + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400, "has a coding after chunked"),
        (put + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 501, "a transfer coding other than chunked"),
        (put + "Transfer-Encoding: x,\tchunked\r\n\r\n0\r\n\r\n", 501, "a transfer coding other than chunked"),
        (
            "PUT /v1/kv/a HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400,
            "HTTP/1.0 has no Transfer-Encoding"
        ),
        (chunked + "\r\nzz\r\n", 400, "the size of a chunk is a hexadecimal number"),
        (chunked + "\r\n0x5\r\nhello\r\n", 400, "the size of a chunk is a hexadecimal number"),
        (chunked + "\r\n-5\r\nhello\r\n", 400, "the size of a chunk is a hexadecimal number"),
        (chunked + "\r\n5 \r\nhello\r\n", 400, "the body is not in chunks"),
        (chunked + "\r\nffffffffffffffff\r\n", 413, "value_too_large"),
        (chunked + "\r\nFFFFFFFFFFFFFFFFFF\r\n", 413, "value_too_large"),
        (chunked + "\r\n1000001\r\n", 413, "value_too_large"),
        (chunked + "\r\n5;a=b\r\nhello\r\nfffffc;c\r\n", 413, "value_too_large"),
        ("GET /livez HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1000001", 413, "request_too_large"),
        (chunked + "\r\n1\r\nxyz\r\n0\r\n\r\n", 400, "the body is not in chunks"),
        (chunked + "\r\n1\nx\n0\n\n", 400, "the body is not in chunks"),
        ("GET  /livez HTTP/1.1\r\nHost: x\r\n\r\n", 400, "one space between the method and the path"),
        ("GET /livez  HTTP/1.1\r\nHost: x\r\n\r\n", 400, "one space between the path and HTTP/1.1"),
        ("PUT   /v1/kv/a   HTTP/1.1\r\nHost: x\r\n\r\n", 400, "one space between the method and the path"),
        ("GET  http://h/livez HTTP/1.0\r\n\r\n", 400, "one space between the method and the path"),
        ("GET /livez HTTP/1.1 \r\nHost: x\r\n\r\n", 400, "without a space after it"),
        (" GET /livez HTTP/1.1\r\nHost: x\r\n\r\n", 400, "a method, a path without spaces"),
        ("GET\t/livez HTTP/1.1\r\nHost: x\r\n\r\n", 400, "a method, a path without spaces"),
        ("GET /livez HTTP/2.0\r\n\r\n", 400, "speaks HTTP/1.1 and HTTP/1.0"),
        ("GET /livez HTTP/1.2\r\n\r\n", 400, "not 'HTTP/1.2'"),
        ("GET /livez HTTP/9\r\n\r\n", 400, "not 'HTTP/9'"),
        ("GET /livez FTP/1.1\r\n\r\n", 400, "ends with HTTP/1.1, not 'FTP/1.1'"),
        ("GET /livez\r\n\r\n", 400, "speaks HTTP/1.1 and HTTP/1.0"),
        ("GET /a b HTTP/1.1\r\n\r\n", 400, "a path without spaces"),
        ("GET  HTTP/1.1\r\n\r\n", 400, "one space between the method and the path"),
        ("get /livez HTTP/1.1\r\n\r\n", 400, "a method, which is written in capital letters"),
        ("hello\r\n\r\n", 400, "the first line of a request is a method"),
        ("hello x\r\n\r\n", 400, "in capital letters"),
        ("FROB /v1/kv/a HTTP/1.1\r\n\r\n", 405, "this route takes GET"),
        ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400, "not HTTP/2"),
        ("PROXY TCP4 1.2.3.4 1.2.3.5 1 2\r\nGET / HTTP/1.1\r\n\r\n", 400, "the PROXY protocol"),
        ("\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}\u{0}\u{1}", 400, "the beginning of TLS"),
        ("GET /livez HTTP/1.1\r\nHost : x\r\n\r\n", 400, "white space between a field's name, 'Host', and its colon"),
        ("GET /livez HTTP/1.1\r\nA\t: x\r\n\r\n", 400, "white space between a field's name, 'A', and its colon"),
        ("GET /livez HTTP/1.1\r\n: x\r\n\r\n", 400, "the name of a field holds a character"),
        ("GET /livez HTTP/1.1\r\nA(b): x\r\n\r\n", 400, "not allowed: 'A(b)'"),
        ("GET /livez HTTP/1.1\r\nA\r\n\r\n", 400, "the line 'A' of the header has no colon"),
        ("GET /livez HTTP/1.1\r\nA: x\r\n folded\r\n\r\n", 400, "a line of the header begins with white space"),
        ("GET /livez HTTP/1.1\r\nA: b\rc\r\n\r\n", 400, "ends with CR LF"),
        ("GET /livez HTTP/1.1\nHost: x\n\n", 400, "ends with CR LF"),
        ("GET /livez HTTP/1.1\r\nHost: x\n\r\n", 400, "ends with CR LF"),
        ("GET /livez HTTP/1.1\r\nA: b\u{0}c\r\n\r\n", 400, "the value of the field 'A' holds a control character"),
        ("GET /livez HTTP/1.1\r\n\(String(repeating: "A: b\r\n", count: 65))\r\n", 431, "64 fields"),
    ]

    @Test("names what is wrong with the request, on either way of reading it", arguments: inputs)
    func reason(_ text: String, _ status: Int, _ part: String) throws {
        let (plain, decoded) = try ConnectionOutcome.ofBothWays(text)

        #expect(plain == decoded)
        #expect(try plain.first.status == status, "\(plain.answers)")
        #expect(try plain.first.body.contains(part), "\(plain.answers)")
        #expect(plain.submissions.allSatisfy { $0.hasPrefix("read") })
    }

    @Test("is the same when the lines of the request come one by one, after a request with a body")
    func pieces() throws {
        for body in ["Content-Length: 6\r\n\r\n\r\n\r\nab", "Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n"] {
            let prelude = ConnectionOutcome.handsOver + "PUT /v1/kv/before HTTP/1.1\r\nHost: x\r\n" + body
            for (text, status, part) in Self.inputs where status != 431 {
                let lines = Array(text.utf8).split(separator: 0x0A, omittingEmptySubsequences: false)
                let pieces = lines.dropLast().map { ($0 + [0x0A])[...] } + [lines.last ?? []]
                let outcome = try ConnectionOutcome(of: pieces, after: prelude)
                let first = try outcome.first
                #expect(first.status == status, "\(text.debugDescription): \(outcome.answers)")
                #expect(first.body.contains(part), "\(text.debugDescription): \(outcome.answers)")
            }
        }
    }

    @Test("never claims more than the bytes that have come can tell")
    func beginnings() throws {
        // The beginning of PROXY may be another unknown method.
        for (text, status, _) in Self.inputs where status != 431 && !text.hasPrefix("PROXY") {
            let bytes = Array(text.utf8)
            for cut in 1..<bytes.count {
                let pieces = [bytes[..<cut], bytes[cut...]]
                let outcome = try ConnectionOutcome(of: pieces, after: ConnectionOutcome.handsOver)
                #expect(
                    try outcome.first.status == status, "\(text.debugDescription) cut at \(cut): \(outcome.answers)")
            }
        }
    }

    @Test("is a fault of the message on raft-sample's routes as well, not one of its content")
    func legacy() throws {
        for text in [
            "POST /store HTTP/1.1\r\n\r\n", "POST /store HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n",
            "POST /store HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n",
        ] {
            #expect(try ConnectionOutcome.ofBothWays(text).plain.first.status == 400)
        }
    }

    @Test("White space that RFC 9110 allows around a value is no part of it", arguments: ["", " ", "\t", " \t "])
    func whiteSpace(_ space: String) throws {
        let text =
            "PUT /v1/kv/a HTTP/1.1\r\nHost:\(space)x\(space)\r\nContent-Length:\(space)1\r\n"
            + "If-Match:\(space)\"7\"\(space)\r\nContent-Type:\(space)text/plain;\tcharset=utf-8\(space)\r\n"
            + "Content-Encoding:\(space)identity\(space),identity\r\n"
            + "Connection:\(space)x\(space),\(space)close\(space)\r\n\r\nv"
        let (plain, decoded) = try ConnectionOutcome.ofBothWays(text)

        #expect(plain == decoded)
        #expect(plain.submissions.count == 1)
        #expect(plain.submissions[0].contains("revision(7)"))
        #expect(plain.submissions[0].contains(" text/plain;\tcharset=utf-8 "))
        #expect(try plain.first["Connection"] == "close")
        #expect(!plain.isOpen)
    }
}
