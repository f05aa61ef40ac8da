import Glibc

/// A port that accepts connections and never sends a byte, like a machine that hangs.
final class SilentListener {
    let port: Int
    private let descriptor: Int32

    init() throws(SocketFailure) {
        port = try FreePorts.take()
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | O_CLOEXEC, 0)
        guard descriptor >= 0 else { throw SocketFailure("socket", errorNumber: errno) }
        var address = sockaddr_in(host: INADDR_ANY, port: port)
        let bound = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        // `deinit` closes it.
        guard bound == 0, listen(descriptor, 16) == 0 else {
            throw SocketFailure("listen on port \(port)", errorNumber: errno)
        }
    }

    /// Waits until the first connection is there.
    func waitForConnection() throws(WaitedInVain) {
        var state = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        try waitUntil("somebody connects to port \(port)") { poll(&state, 1, 100) == 1 }
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
    }
}
