import NIOCore
import NIOPosix
import Synchronization
import Testing

/// Answers every request at once, except for one that it may be silent about for a while.
final class SmallServer: Sendable {
    private let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    let port: Int
    private let seen: SeenRequests

    init(
        silentAt silentRequest: Int = .max, for silence: TimeAmount = .zero,
        answer: String = "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx"
    ) throws {
        let seen = SeenRequests()
        self.seen = seen
        let channel = try ServerBootstrap(group: group).childChannelInitializer { channel in
            channel.eventLoop.makeCompletedFuture {
                try channel.pipeline.syncOperations.addHandler(
                    SmallServerHandler(
                        silentRequest: silentRequest, silence: silence, answer: ByteBuffer(string: answer), seen: seen))
            }
        }.bind(host: "127.0.0.1", port: 0).wait()
        port = try #require(channel.localAddress?.port)
    }

    /// Requests on all connections so far, and their bytes.
    var requestCount: Int { seen.count.load(ordering: .relaxed) }
    var byteCount: Int { seen.bytes.load(ordering: .relaxed) }

    func stop() throws { try group.syncShutdownGracefully() }
}

private final class SeenRequests: Sendable {
    let count = Atomic<Int>(0)
    let bytes = Atomic<Int>(0)
}

/// Each read from the socket holds one request, because only one is in flight and it is short.
private final class SmallServerHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let silentRequest: Int
    private let silence: TimeAmount
    private let answer: ByteBuffer
    private let seen: SeenRequests
    private var count = 0

    init(silentRequest: Int, silence: TimeAmount, answer: ByteBuffer, seen: SeenRequests) {
        self.silentRequest = silentRequest
        self.silence = silence
        self.answer = answer
        self.seen = seen
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        count += 1
        seen.count.wrappingAdd(1, ordering: .relaxed)
        seen.bytes.wrappingAdd(Self.unwrapInboundIn(data).readableBytes, ordering: .relaxed)
        guard count == silentRequest else { return reply(context) }
        context.eventLoop.assumeIsolated().scheduleTask(in: silence) { self.reply(context) }
    }

    private func reply(_ context: ChannelHandlerContext) {
        context.writeAndFlush(Self.wrapOutboundOut(answer), promise: nil)
    }
}
