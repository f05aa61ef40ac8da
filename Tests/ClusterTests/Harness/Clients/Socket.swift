import Glibc

struct SocketFailure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }

    init(_ operation: String, errorNumber: Int32) {
        description = "\(operation): \(String(cString: strerror(errorNumber)))"
    }
}

/// A blocking TCP connection to a port of this machine. Confined to one thread at a time.
final class Socket {
    enum Received: Equatable {
        case bytes([UInt8])
        /// The other side has ended its direction.
        case end
        /// The other side has reset the connection.
        case reset
        /// Nothing arrived within the timeout.
        case nothing
    }

    private let descriptor: Int32

    /// Connects from `source`, any address of 127.0.0.0/8. Sending and receiving wait for at most `timeout`.
    init(port: Int, from source: String = "127.0.0.1", timeout: Duration = .seconds(20)) throws(SocketFailure) {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | O_CLOEXEC, 0)
        // From here on an error runs `deinit`, which closes the socket. It must be closed only once, because the number
        // may belong to another socket after that.
        guard descriptor >= 0 else { throw SocketFailure("socket", errorNumber: errno) }
        set(IPPROTO_TCP, TCP_NODELAY, to: Int32(1))
        set(SOL_SOCKET, SO_RCVTIMEO, to: timeval(timeout))
        set(SOL_SOCKET, SO_SNDTIMEO, to: timeval(timeout))
        do throws(SocketFailure) {
            if source != "127.0.0.1" { try call("bind", Glibc.bind, sockaddr_in(host: inet_addr(source), port: 0)) }
            try call("connect", Glibc.connect, sockaddr_in(host: inet_addr("127.0.0.1"), port: port))
        } catch {
            throw SocketFailure("\(error) (port \(port))")
        }
    }

    /// Takes over a connected socket.
    init(taking descriptor: Int32) { self.descriptor = descriptor }

    deinit {
        if descriptor >= 0 { close(descriptor) }
    }

    func send(_ bytes: [UInt8]) throws(SocketFailure) {
        var offset = 0
        while offset < bytes.count {
            let count = bytes.withUnsafeBytes { buffer in
                Glibc.send(descriptor, buffer.baseAddress! + offset, buffer.count - offset, Int32(MSG_NOSIGNAL))
            }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw SocketFailure("send after \(offset) bytes", errorNumber: errno) }
            offset += count
        }
    }

    func receive(atMost bytesMax: Int = 256 << 10) -> Received {
        while true {
            var count = 0
            let bytes = [UInt8](unsafeUninitializedCapacity: bytesMax) { buffer, initializedCount in
                count = recv(descriptor, buffer.baseAddress, bytesMax, 0)
                initializedCount = max(0, count)
            }
            if count > 0 { return .bytes(bytes) }
            if count == 0 { return .end }
            switch errno {
            case EINTR: continue
            case EAGAIN: return .nothing
            default: return .reset
            }
        }
    }

    /// Receives until the other side ends the connection; nil if one receive times out.
    func receiveUntilEnd() -> [UInt8]? {
        var all: [UInt8] = []
        while true {
            switch receive() {
            case .bytes(let bytes): all += bytes
            case .end, .reset: return all
            case .nothing: return nil
            }
        }
    }

    /// Ends the sending direction.
    /// Ends both directions.
    func end() { shutdown(descriptor, Int32(SHUT_RDWR)) }

    func endSending() { shutdown(descriptor, Int32(SHUT_WR)) }

    /// Makes `deinit` reset the connection instead of ending it.
    func resetAtEnd() { set(SOL_SOCKET, SO_LINGER, to: linger(l_onoff: 1, l_linger: 0)) }

    private func set<Value>(_ level: Int, _ option: Int32, to value: Value) { set(Int32(level), option, to: value) }

    private func set<Value>(_ level: Int32, _ option: Int32, to value: Value) {
        withUnsafeBytes(of: value) { bytes in
            _ = setsockopt(descriptor, level, option, bytes.baseAddress, socklen_t(bytes.count))
        }
    }

    private func call(
        _ name: String, _ function: (Int32, UnsafePointer<sockaddr>, socklen_t) -> Int32, _ address: sockaddr_in
    ) throws(SocketFailure) {
        let result = withUnsafePointer(to: address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                function(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else { throw SocketFailure(name, errorNumber: errno) }
    }
}

extension sockaddr_in {
    /// `host` in network byte order.
    init(host: in_addr_t, port: Int) {
        self.init()
        sin_family = sa_family_t(AF_INET)
        sin_port = in_port_t(UInt16(port)).bigEndian
        sin_addr = in_addr(s_addr: host)
    }
}

extension timeval {
    fileprivate init(_ duration: Duration) {
        let parts = duration.components
        self.init(tv_sec: Int(parts.seconds), tv_usec: Int(parts.attoseconds / 1_000_000_000_000))
    }
}
