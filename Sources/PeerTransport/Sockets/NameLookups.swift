internal import Glibc
internal import HotPath
internal import NIOCore
internal import NIOPosix

/// Looks up the names of nodes for one event loop, where its methods are called.
///
/// The system's lookup waits for name servers as long as it likes, and cannot be cancelled. So each name has a thread
/// meanwhile, and a slow one keeps no other name from being found. Whoever asks for a name that is being looked up
/// already waits for that answer: attempts to connect that are repeated do not pile up. Nothing is kept of an answer.
final class NameLookups {
    typealias Answer = Result<[SocketAddress], TransportError>

    private let loop: any EventLoop
    private let lookUp: @Sendable (PeerAddress) -> Answer
    private var open: [PeerAddress: EventLoopFuture<[SocketAddress]>] = [:]

    init(loop: any EventLoop, lookUp: @escaping @Sendable (PeerAddress) -> Answer = NameLookups.askSystem) {
        self.loop = loop
        self.lookUp = lookUp
    }

    /// The addresses of a host, best first; at least one. Fails with a `TransportError` if `openMax` names or more are
    /// being looked up.
    func addresses(of address: PeerAddress, openMax: Int) -> EventLoopFuture<[SocketAddress]> {
        loop.assertInEventLoop()
        if let answer = open[address] { return answer }
        guard open.count < openMax else {
            return loop.makeFailedFuture(
                Self.failure(address, "\(open.count) other names are being looked up, and their servers do not answer"))
        }
        let promise = loop.makePromise(of: [SocketAddress].self)
        open[address] = promise.futureResult
        promise.futureResult.assumeIsolated().whenComplete { [self] _ in open[address] = nil }
        let isStarted = DedicatedThread.runDetached(name: "skiff-names") { [lookUp] in
            switch lookUp(address) {
            case .success(let addresses): promise.succeed(addresses)
            case .failure(let error): promise.fail(error)
            }
        }
        if !isStarted { promise.fail(Self.failure(address, "the system has no thread for that")) }
        return promise.futureResult
    }

    /// Waits for name servers.
    @Sendable static func askSystem(_ address: PeerAddress) -> Answer {
        var hints = addrinfo()
        hints.ai_socktype = CInt(SOCK_STREAM.rawValue)
        hints.ai_protocol = CInt(IPPROTO_TCP)
        var first: UnsafeMutablePointer<addrinfo>?
        let status = getaddrinfo(address.host, String(address.port), &hints, &first)
        guard status == 0 else { return .failure(failure(address, String(cString: gai_strerror(status)))) }
        defer { freeaddrinfo(first) }
        var addresses: [SocketAddress] = []
        var next = first
        while let entry = next?.pointee {
            if let found = entry.ai_addr.flatMap(SocketAddress.init(copying:)) { addresses.append(found) }
            next = entry.ai_next
        }
        return addresses.isEmpty ? .failure(failure(address, "no address")) : .success(addresses)
    }

    private static func failure(_ address: PeerAddress, _ reason: String) -> TransportError {
        TransportError(
            .unreachable, "the name \(address.host.escapedForLog) cannot be looked up: \(reason)",
            address: address.description)
    }

    /// An answer in the form in which NIO asks for it.
    struct Resolved: Resolver, Sendable {
        let addresses: EventLoopFuture<[SocketAddress]>

        func initiateAQuery(host: String, port: Int) -> EventLoopFuture<[SocketAddress]> {
            addresses.map { $0.filter { $0.protocol == .inet } }
        }

        func initiateAAAAQuery(host: String, port: Int) -> EventLoopFuture<[SocketAddress]> {
            addresses.map { $0.filter { $0.protocol == .inet6 } }
        }

        /// The answer may serve the next attempt.
        func cancelQueries() {}
    }
}

extension SocketAddress {
    /// Nil if it is no address of the internet.
    fileprivate init?(copying address: UnsafeMutablePointer<sockaddr>) {
        let bytes = UnsafeRawPointer(address)
        switch CInt(address.pointee.sa_family) {
        case AF_INET: self.init(bytes.load(as: sockaddr_in.self))
        case AF_INET6: self.init(bytes.load(as: sockaddr_in6.self))
        default: return nil
        }
    }
}
