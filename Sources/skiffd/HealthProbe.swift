internal import Bytes
internal import Glibc

/// One HTTP GET over a blocking socket, with a time limit on each step. It starts no thread and no event loop, because
/// a health check runs every few seconds for as long as a container lives.
struct HealthProbe {
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    let address: HostAndPort
    let path: String
    let timeoutSeconds: Int

    /// The body of the answer, without white space around it, if its status is 200.
    func run() throws(Failure) -> String {
        let socket = try connected()
        defer { close(socket) }
        try send("GET \(path) HTTP/1.1\r\nHost: \(address)\r\nConnection: close\r\n\r\n", on: socket)
        let answer = try receive(from: socket)
        let status = answer.split(separator: " ", maxSplits: 2).dropFirst().first ?? "no status"
        let body = answer.firstRange(of: "\r\n\r\n").map { answer[$0.upperBound...] } ?? ""
        let text = String(body.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
        guard status == "200" else { throw failure("answered \(status): \(text)") }
        return text
    }

    // MARK: Socket

    private func connected() throws(Failure) -> CInt {
        var hints = addrinfo()
        hints.ai_family = AF_UNSPEC
        hints.ai_socktype = CInt(SOCK_STREAM.rawValue)
        var addresses: UnsafeMutablePointer<addrinfo>?
        let lookup = getaddrinfo(address.host, String(address.port), &hints, &addresses)
        guard lookup == 0 else { throw failure(String(cString: gai_strerror(lookup))) }
        defer { freeaddrinfo(addresses) }
        var reason = "no address"
        var next = addresses
        while let candidate = next?.pointee {
            let socket = socket(candidate.ai_family, candidate.ai_socktype, candidate.ai_protocol)
            guard socket >= 0 else { throw failure(String(cString: strerror(errno))) }
            // On Linux the send timeout bounds connect as well.
            var limit = timeval(tv_sec: timeoutSeconds, tv_usec: 0)
            let size = socklen_t(MemoryLayout<timeval>.size)
            setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &limit, size)
            setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &limit, size)
            if connect(socket, candidate.ai_addr, candidate.ai_addrlen) == 0 { return socket }
            reason = errno == EINPROGRESS ? "no connection in time" : String(cString: strerror(errno))
            close(socket)
            next = candidate.ai_next
        }
        throw failure(reason)
    }

    private func send(_ request: String, on socket: CInt) throws(Failure) {
        var rest = Array(request.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { write(socket, $0.baseAddress, $0.count) }
            guard count > 0 else { throw failure(String(cString: strerror(errno))) }
            rest = rest.dropFirst(count)
        }
    }

    /// Reads until the server closes, or until there is more than any health answer has.
    private func receive(from socket: CInt) throws(Failure) -> String {
        let bytesMax = 64 << 10
        var answer: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 4 << 10)
        while answer.count < bytesMax {
            let count = chunk.withUnsafeMutableBytes { read(socket, $0.baseAddress, $0.count) }
            if count == 0 { break }
            guard count > 0 else {
                throw failure(errno == EAGAIN ? "no answer in time" : String(cString: strerror(errno)))
            }
            answer += chunk[..<count]
        }
        return String(decoding: answer, as: UTF8.self)
    }

    private func failure(_ reason: String) -> Failure {
        Failure(description: "GET http://\(address)\(path): \(reason)")
    }
}
