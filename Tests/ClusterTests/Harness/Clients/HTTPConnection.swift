import Foundation
import Glibc

/// Why a request has no answer.
enum HTTPFailure: Error, CustomStringConvertible {
    /// The connection ended before the first byte of an answer.
    case ended
    /// The connection ended inside an answer, after these bytes.
    case cutOff([UInt8])
    /// No complete answer arrived in time, only these bytes.
    case timedOut([UInt8])
    /// The bytes are not HTTP.
    case malformed(String)

    var description: String {
        switch self {
        case .ended: "the connection ended without an answer"
        case .cutOff(let bytes): "the answer was cut off: \(String(decoding: bytes.prefix(300), as: UTF8.self))"
        case .timedOut(let bytes):
            "no whole answer in time, only: \(String(decoding: bytes.prefix(300), as: UTF8.self))"
        case .malformed(let text): "not HTTP: \(text)"
        }
    }
}

/// A small HTTP/1.1 client on one connection: keep-alive, pipelining by sending several requests before receiving, and
/// raw bytes for requests that no client library would make. Confined to one thread at a time.
final class HTTPConnection {
    let socket: Socket
    /// Bytes that arrived and belong to later answers.
    private var received: [UInt8] = []

    init(port: Int, timeout: Duration = .seconds(20)) throws(SocketFailure) {
        socket = try Socket(port: port, timeout: timeout)
    }

    func send(_ requests: HTTPRequest...) throws(SocketFailure) { try send(requests) }

    func send(_ requests: [HTTPRequest]) throws(SocketFailure) {
        try socket.send(requests.flatMap(\.encoded))
    }

    func send(raw text: String) throws(SocketFailure) { try socket.send(Array(text.utf8)) }

    /// Sends one request and waits for its answer.
    func perform(_ request: HTTPRequest) throws -> HTTPResponse {
        try send(request)
        return try receive(answering: request.method)
    }

    /// Sends all requests at once and waits for their answers.
    func perform(pipelined requests: [HTTPRequest]) throws -> [HTTPResponse] {
        try send(requests)
        return try requests.map { try receive(answering: $0.method) }
    }

    /// The next answer. Interim answers (1xx) are skipped.
    func receive(answering method: String = "GET") throws(HTTPFailure) -> HTTPResponse {
        while true {
            let head = try receiveHead()
            guard head.status < 200 else { return try receiveBody(of: head, answering: method) }
        }
    }

    /// Whether the other side ends the connection without another byte.
    func isEnded() -> Bool {
        guard received.isEmpty else { return false }
        let next = socket.receive()
        return next == .end || next == .reset
    }

    // MARK: Parts of an answer

    private struct Head {
        var status: Int
        var reason: String
        var headers: [(name: String, value: String)]
    }

    private func receiveHead() throws(HTTPFailure) -> Head {
        var end = endOfHead()
        while end == nil {
            try receiveMore()
            end = endOfHead()
        }
        let bytes = received.prefix(end ?? 0)
        received.removeFirst(bytes.count)
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\r\n")
        let statusLine = (lines.first ?? "").split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false)
        guard statusLine.count >= 2, statusLine[0].hasPrefix("HTTP/1."), let status = Int(statusLine[1]) else {
            throw .malformed(String(decoding: bytes.prefix(300), as: UTF8.self))
        }
        let headers = lines.dropFirst().map { line in
            let colon = line.firstIndex(of: ":") ?? line.endIndex
            let value = line[colon...].dropFirst().drop { $0 == " " }
            return (name: String(line[..<colon]), value: String(value))
        }
        return Head(status: status, reason: statusLine.count > 2 ? String(statusLine[2]) : "", headers: headers)
    }

    private func endOfHead() -> Int? {
        received.withUnsafeBytes { bytes in
            guard let start = bytes.baseAddress else { return nil }
            var offset = 0
            while let found = memchr(start + offset, 0x0A, bytes.count - offset) {
                offset = UnsafeRawPointer(found) - start + 1
                if offset >= 4, bytes[offset - 2] == 0x0D, bytes[offset - 3] == 0x0A, bytes[offset - 4] == 0x0D {
                    return offset
                }
            }
            return nil
        }
    }

    private func receiveBody(of head: Head, answering method: String) throws(HTTPFailure) -> HTTPResponse {
        var body: [UInt8] = []
        if method != "HEAD", head.status != 204, head.status != 304 {
            let stated = head.headers.first { $0.name.lowercased() == "content-length" }
            guard let stated, let count = Int(stated.value) else {
                throw .malformed("an answer \(head.status) without Content-Length")
            }
            while received.count < count { try receiveMore() }
            body = Array(received.prefix(count))
            received.removeFirst(count)
        }
        return HTTPResponse(status: head.status, reason: head.reason, headers: head.headers, body: body)
    }

    private func receiveMore() throws(HTTPFailure) {
        switch socket.receive() {
        case .bytes(let bytes): received += bytes
        case .end, .reset: throw received.isEmpty ? .ended : .cutOff(received)
        case .nothing: throw .timedOut(received)
        }
    }
}
