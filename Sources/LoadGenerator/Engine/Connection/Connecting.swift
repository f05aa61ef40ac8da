internal import Bytes
internal import NIOCore
internal import NIOPosix

/// Opens a socket to an endpoint, for a connection of the load or for one probe.
enum Connecting {
    /// `addHandler` runs on the event loop before the attempt. On the event loop.
    static func connect(
        to endpoint: HostAndPort, on eventLoop: any EventLoop, timeout: UInt64,
        addHandler: @escaping (any Channel) throws -> Void
    ) -> EventLoopFuture<any Channel> {
        let addHandler = NIOLoopBound(addHandler, eventLoop: eventLoop)
        let bootstrap = ClientBootstrap(group: eventLoop)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelOption(.maxMessagesPerRead, value: 4)
            .channelOption(
                .recvAllocator, value: AdaptiveRecvByteBufferAllocator(minimum: 2_048, initial: 4_096, maximum: 262_144)
            )
            .connectTimeout(.nanoseconds(Int64(min(timeout, EngineLimits.connectTimeoutMax))))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try addHandler.value(channel) }
            }
        do {
            // Only a name needs the resolver.
            return bootstrap.connect(to: try SocketAddress(ipAddress: endpoint.host, port: endpoint.port))
        } catch {
            return bootstrap.connect(host: endpoint.host, port: endpoint.port)
        }
    }
}
