internal import Accepting
internal import Glibc
internal import Logging
internal import NIOCore
internal import NIOPosix

/// The sockets of the operating system.
final class SystemSockets: PeerSockets {
    private let loop: any EventLoop
    private let logger: Logger
    private let userTimeoutMilliseconds: ChannelOptions.Types.SocketOption.Value
    var lookups: NameLookups

    init(_ settings: PeerTransportSettings, loop: any EventLoop, logger: Logger) {
        self.loop = loop
        self.logger = logger
        let silence = settings.tick.nanoseconds / 1_000_000 * Int64(settings.deadAfterTicks)
        userTimeoutMilliseconds = ChannelOptions.Types.SocketOption.Value(silence + 1_000)
        lookups = NameLookups(loop: loop)
    }

    // MARK: Listener

    /// All interfaces include those of IPv6 where the machine has it.
    func listen(
        host: String, port: Int, makeHandler: @escaping () -> any ChannelInboundHandler
    ) -> EventLoopFuture<any Channel> {
        let accept = NIOLoopBound((sockets: self, makeHandler: makeHandler), eventLoop: loop)
        guard host.isEmpty else { return bind(host: host, port: port, accept) }
        return bind(host: "::", port: port, accept).flatMapError { error in
            // Systems without IPv6 fail in several ways, also in the resolver. A port in use is in use for IPv4 too.
            if let error = error as? TransportError, error.errorNumber == EADDRINUSE || error.errorNumber == EACCES {
                return accept.eventLoop.makeFailedFuture(error)
            }
            return accept.value.sockets.bind(host: "0.0.0.0", port: port, accept)
        }
    }

    private typealias Accept = NIOLoopBound<(sockets: SystemSockets, makeHandler: () -> any ChannelInboundHandler)>

    private func bind(host: String, port: Int, _ accept: Accept) -> EventLoopFuture<any Channel> {
        let bootstrap = ServerBootstrap(group: loop)
            .serverChannelOption(.backlog, value: 256)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .serverChannelInitializer { [logger] channel in
                channel.eventLoop.makeCompletedFuture {
                    // The transport bounds the connections; this one only stays quiet while there are no descriptors.
                    let gate = AcceptGate(OpenConnections(limit: .max)) { PeerTransport.logAccepting($0, logger) }
                    try channel.pipeline.syncOperations.addHandler(gate)
                }
            }
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(accept.value.makeHandler())
                }
            }
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelOption(Self.userTimeoutOption, value: userTimeoutMilliseconds)
            .childChannelOption(.recvAllocator, value: Self.receiveAllocator)
        return addresses(of: PeerAddress(host: host, port: port), lookupsMax: TransportLimits.lookupsMax)
            .assumeIsolated()
            .flatMap { bootstrap.bind(to: $0[0]) }
            .nonisolated()
            .flatMapErrorThrowing { error in throw Self.bindError(error, host: host, port: port) }
    }

    private static func bindError(_ error: any Error, host: String, port: Int) -> TransportError {
        let address = PeerAddress(host: host, port: port).description
        let number = (error as? IOError)?.errnoCode ?? 0
        let cause = ConnectFailure.cause(of: error)
        let advice =
            switch number {
            case EADDRINUSE: "stop what listens there or choose another port (RAFT_PORT)"
            case EADDRNOTAVAIL: "no interface has this address; correct RAFT_HOST or leave it empty"
            case EACCES: "this user may not use the port; choose one above 1023 (RAFT_PORT)"
            default: "check RAFT_HOST and RAFT_PORT"
            }
        return TransportError(
            .bindFailed, "cannot listen for peers on \(address): \(cause); \(advice)", address: address,
            errorNumber: number)
    }

    // MARK: Connections

    func connect(to address: PeerAddress, timeout: TimeAmount, lookupsMax: Int) -> EventLoopFuture<any Channel> {
        let bootstrap = ClientBootstrap(group: loop)
            .connectTimeout(timeout)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelOption(Self.userTimeoutOption, value: userTimeoutMilliseconds)
            .channelOption(.recvAllocator, value: Self.receiveAllocator)
        if let numeric = address.numeric { return bootstrap.connect(to: numeric) }
        let addresses = lookups.addresses(of: address, openMax: lookupsMax)
        return bootstrap.resolver(NameLookups.Resolved(addresses: addresses))
            .connect(host: address.host, port: address.port)
            .flatMapErrorThrowing { error in
                // What the lookup says, without NIO's account of two queries.
                throw (error as? NIOConnectionError)?.dnsAError ?? error
            }
    }

    private func addresses(of address: PeerAddress, lookupsMax: Int) -> EventLoopFuture<[SocketAddress]> {
        if let numeric = address.numeric { return loop.makeSucceededFuture([numeric]) }
        return lookups.addresses(of: address, openMax: lookupsMax)
    }

    // MARK: Options

    /// How long the kernel retransmits before it gives a connection up: a little longer than the transport itself
    /// waits.
    private static var userTimeoutOption: ChannelOptions.Types.SocketOption {
        // TCP_USER_TIMEOUT of netinet/tcp.h.
        ChannelOptions.Types.SocketOption(level: .tcp, name: NIOBSDSocket.Option(rawValue: 18))
    }

    /// Small reads while there is little, up to a quarter of the largest usual frame under load.
    private static var receiveAllocator: AdaptiveRecvByteBufferAllocator {
        AdaptiveRecvByteBufferAllocator(minimum: 2 << 10, initial: 8 << 10, maximum: 256 << 10)
    }
}
