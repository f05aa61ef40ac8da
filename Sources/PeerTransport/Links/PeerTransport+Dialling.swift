internal import Accepting
internal import Glibc
internal import NIOCore
internal import NIOPosix
internal import RaftCore

// Sockets: the listener, and the connections to members.
extension PeerTransport {
    // MARK: Listener

    /// Binds to `host`; an empty one means all interfaces, IPv6 included where the machine has it.
    func listen(host: String, port: Int) -> EventLoopFuture<any Channel> {
        guard host.isEmpty else { return bind(host: host, port: port) }
        return bind(host: "::", port: port).flatMapError { [transport = NIOLoopBound(self, eventLoop: loop)] error in
            // Systems without IPv6 fail in several ways, also in the resolver. A port in use is in use for IPv4 too.
            if let error = error as? TransportError, error.errorNumber == EADDRINUSE || error.errorNumber == EACCES {
                return transport.eventLoop.makeFailedFuture(error)
            }
            return transport.value.bind(host: "0.0.0.0", port: port)
        }
    }

    private func bind(host: String, port: Int) -> EventLoopFuture<any Channel> {
        let transport = NIOLoopBound(self, eventLoop: loop)
        let bootstrap = ServerBootstrap(group: loop)
            .serverChannelOption(.backlog, value: 256)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .serverChannelInitializer { [logger] channel in
                channel.eventLoop.makeCompletedFuture {
                    // `admit` bounds the connections; this one only stays quiet while there are no descriptors.
                    let gate = AcceptGate(OpenConnections(limit: .max)) { Self.logAccepting($0, logger) }
                    try channel.pipeline.syncOperations.addHandler(gate)
                }
            }
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let connection = PeerConnection(transport: transport.value, dial: nil)
                    try channel.pipeline.syncOperations.addHandler(connection)
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

    /// Opens a TCP connection within `timeout`. A name is looked up anew each time, unless `lookupsMax` others are.
    func connect(
        to address: PeerAddress, timeout: TimeAmount, lookupsMax: Int
    ) -> EventLoopFuture<any Channel> {
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

    /// Gives an open channel its handler, which begins the handshake. Nil if it has closed meanwhile.
    func handOver(_ channel: any Channel, _ dial: PeerConnection.Dial) -> PeerConnection? {
        let connection = PeerConnection(transport: self, dial: dial)
        guard channel.isActive else { return nil }
        do {
            try channel.pipeline.syncOperations.addHandler(connection)
        } catch {
            return nil
        }
        return connection
    }

    // MARK: Dialling members

    /// How long a member that has never been linked is left to dial first.
    func firstPause(_ peer: Peer) -> TimeAmount { nodeID < peer.id ? .zero : settings.firstPassiveDialPause }

    /// Dials the peer after `pause`, in place of a dial that waits. Never at once, so that no outcome arrives within
    /// the call that asks for it.
    func scheduleDial(_ peer: Peer, in pause: TimeAmount) {
        guard state == .running, boundPort != nil, peer.isMember, peer.link == nil else { return }
        peer.cancelWaiting()
        guard peer.isIdle else { return }
        peer.dialling = .waiting(
            loop.assumeIsolated().scheduleTask(in: pause) { [self] in
                peer.dialling = .idle
                dial(peer)
            })
    }

    private func dial(_ peer: Peer) {
        guard state == .running, peer.isMember, peer.link == nil else { return }
        let text = peer.address.isEmpty ? peer.addressLearned : peer.address
        // Nobody knows where it is until it comes by itself or the member list changes.
        guard !text.isEmpty else { return }
        let address: PeerAddress
        do throws(TransportError) {
            address = try PeerAddress(parsing: text)
        } catch {
            return logDialFailure(peer, address: text, reason: error.message)
        }
        peer.dialling = .connecting
        connect(to: address, timeout: settings.connectTimeout, lookupsMax: TransportLimits.lookupsMax).assumeIsolated()
            .whenComplete { [self] result in
                peer.dialling = .idle
                connected(peer, address: address, result)
            }
    }

    private func connected(_ peer: Peer, address: PeerAddress, _ result: Result<any Channel, any Error>) {
        let isWanted = state == .running && peer.link == nil && peers.contains { $0 === peer }
        switch result {
        case .success(let channel):
            guard isWanted else { return channel.close(promise: nil) }
            let dial = PeerConnection.Dial(purpose: .link, address: address, nodeID: peer.id, call: nil)
            if let connection = handOver(channel, dial), !connection.isClosed {
                peer.dialling = .inHandshake(connection)
            } else {
                dialFailed(peer)
            }
        case .failure(let error):
            guard isWanted else { return }
            logDialFailure(peer, address: address.description, reason: ConnectFailure.cause(of: error))
            if Self.isRefusal(error) {
                peer.owesLoss = false
                post(.unreachable(peer.id))
            }
            dialFailed(peer)
        }
    }

    /// Tries again later, and later each time. It never gives up: a peer that was refused, foreign or gone a thousand
    /// times may be back the next.
    func dialFailed(_ peer: Peer) {
        guard peer.link == nil else { return }
        if peer.owesLoss {
            peer.owesLoss = false
            post(.unreachable(peer.id))
        }
        scheduleDial(peer, in: peer.pause.next(using: &jitter))
    }

    /// The host is there and says that no process listens.
    private static func isRefusal(_ error: any Error) -> Bool {
        if let error = error as? IOError { return error.errnoCode == ECONNREFUSED }
        guard let error = error as? NIOConnectionError else { return false }
        return error.connectionErrors.contains { isRefusal($0.error) }
    }

    // MARK: Options

    /// How long the kernel retransmits before it gives a connection up: a little longer than the transport itself
    /// waits.
    private var userTimeoutMilliseconds: ChannelOptions.Types.SocketOption.Value {
        let silence = settings.tick.nanoseconds / 1_000_000 * Int64(settings.deadAfterTicks)
        return ChannelOptions.Types.SocketOption.Value(silence + 1_000)
    }

    private static var userTimeoutOption: ChannelOptions.Types.SocketOption {
        // TCP_USER_TIMEOUT of netinet/tcp.h.
        ChannelOptions.Types.SocketOption(level: .tcp, name: NIOBSDSocket.Option(rawValue: 18))
    }

    /// Small reads while there is little, up to a quarter of the largest usual frame under load.
    private static var receiveAllocator: AdaptiveRecvByteBufferAllocator {
        AdaptiveRecvByteBufferAllocator(minimum: 2 << 10, initial: 8 << 10, maximum: 256 << 10)
    }
}
