import Glibc
import Synchronization

/// Hands out TCP ports that nothing listens on, each only once per process.
///
/// They lie below the range from which the system takes the ports of outgoing connections, so that the port of a node
/// that is down stays free.
enum FreePorts {
    private static let range = 20_000..<32_000
    private static let next = Atomic<Int>(Int(getpid()) * 97)

    static func take() throws(SocketFailure) -> Int {
        for _ in range {
            let step = next.add(1, ordering: .relaxed).newValue
            let port = range.lowerBound + step % range.count
            if isFree(port) { return port }
        }
        throw SocketFailure("no TCP port in \(range) is free")
    }

    private static func isFree(_ port: Int) -> Bool {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | O_CLOEXEC, 0)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        var address = sockaddr_in(host: INADDR_ANY, port: port)
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
    }
}
