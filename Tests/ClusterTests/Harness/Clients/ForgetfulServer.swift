import Foundation
import Glibc

/// A key-value server that acknowledges every write and keeps nothing, which a check for lost writes must notice. It
/// accepts connections as long as it lives.
final class ForgetfulServer {
    let port: Int
    private let listener: Int32

    init() throws {
        port = try FreePorts.take()
        let listener = try Self.listen(on: port)
        self.listener = listener
        Thread.detachNewThread {
            while true {
                let client = accept(listener, nil, nil)
                guard client >= 0 else { return }
                // Ends when the program under test closes the connection.
                Thread.detachNewThread { Self.serve(Socket(taking: client)) }
            }
        }
    }

    deinit {
        // Ends `accept`; `close` alone would not.
        shutdown(listener, Int32(SHUT_RDWR))
        close(listener)
    }

    private static func listen(on port: Int) throws(SocketFailure) -> Int32 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | O_CLOEXEC, 0)
        guard descriptor >= 0 else { throw SocketFailure("socket", errorNumber: errno) }
        var address = sockaddr_in(host: inet_addr("127.0.0.1"), port: port)
        let bound = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard bound == 0, Glibc.listen(descriptor, 16) == 0 else {
            let failure = SocketFailure("listen on port \(port)", errorNumber: errno)
            close(descriptor)
            throw failure
        }
        return descriptor
    }

    /// Answers every request of one connection until its end.
    private static func serve(_ socket: Socket) {
        var received = Data()
        let headEnd = Data("\r\n\r\n".utf8)
        while case .bytes(let bytes) = socket.receive() {
            received += bytes
            while let end = received.range(of: headEnd) {
                let head = String(decoding: received[..<end.lowerBound], as: UTF8.self)
                guard received.count >= end.upperBound + bodyByteCount(head) else { break }
                received = Data(received[(end.upperBound + bodyByteCount(head))...])
                do throws(SocketFailure) {
                    try socket.send(Array(answer(to: head).utf8))
                } catch {
                    return
                }
            }
        }
    }

    private static func bodyByteCount(_ head: String) -> Int {
        let field = head.split(separator: "\r\n").first { $0.lowercased().hasPrefix("content-length:") }
        return field.flatMap { Int($0.drop { $0 != ":" }.dropFirst().drop { $0 == " " }) } ?? 0
    }

    private static func answer(to head: String) -> String {
        let status = head.hasPrefix("PUT ") ? "200 OK" : "404 Not Found"
        let body = head.hasPrefix("PUT ") ? #"{"revision":1}"# : #"{"code":"key_not_found","applied":"no"}"#
        return "HTTP/1.1 \(status)\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
    }
}
