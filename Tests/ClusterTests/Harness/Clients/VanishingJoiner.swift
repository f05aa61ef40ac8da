import Foundation
import Glibc

/// A node that introduces itself to whoever dials it, and hangs up as soon as it is asked to come over: whether it did
/// nobody learns.
final class VanishingJoiner {
    let port: Int
    private let listener: Int32

    init(id: String) throws {
        port = try FreePorts.take()
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | O_CLOEXEC, 0)
        self.listener = listener
        var address = sockaddr_in(host: inet_addr("127.0.0.1"), port: port)
        let bound = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard listener >= 0, bound == 0, listen(listener, 16) == 0 else {
            throw SocketFailure("listen on port \(port)", errorNumber: errno)
        }
        let welcome = PeerWire.Hello(purpose: 2, nodeID: id, clusterID: (7, 7))
        Thread.detachNewThread {
            while true {
                let client = accept(listener, nil, nil)
                guard client >= 0 else { return }
                Self.serve(Socket(taking: client), welcome)
            }
        }
    }

    deinit {
        // Ends `accept`; `close` alone would not.
        shutdown(listener, Int32(SHUT_RDWR))
        close(listener)
    }

    /// The hello arrives in one piece; the connection ends with the end of the next.
    private static func serve(_ socket: Socket, _ welcome: PeerWire.Hello) {
        guard case .bytes = socket.receive() else { return }
        do throws(SocketFailure) {
            try socket.send(PeerWire.preamble() + PeerWire.frame(.welcome, welcome.body))
        } catch {
            return
        }
        _ = socket.receive()
    }
}
