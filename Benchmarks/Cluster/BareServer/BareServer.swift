import Glibc
import NIOCore
import NIOHTTP1
import NIOPosix

/// The ceiling: an HTTP/1.1 server that parses like Skiff, answers every request at once with an answer of the size of
/// Skiff's answer to a PUT, and does nothing else. With the same load generator, no server with more work than this can
/// be faster.
///
///     BareServer PORT [EVENT-LOOPS]
///
/// Listens on 127.0.0.1 until it is killed. Default number of event loops: that of skiffd, cores minus one.
@main
struct BareServer {
    static func main() async throws {
        // A text that is not a number is out of range as well.
        let numbers = CommandLine.arguments.dropFirst().map { Int($0) ?? -1 }
        let loopCount = numbers.count == 2 ? numbers[1] : max(1, System.coreCount - 1)
        guard (1...2).contains(numbers.count), let port = numbers.first, (0...65_535).contains(port), loopCount > 0
        else {
            print("usage: BareServer PORT [EVENT-LOOPS]")
            exit(64)
        }
        let group = MultiThreadedEventLoopGroup(numberOfThreads: loopCount)
        // The options of Skiff's own listener.
        let bootstrap = ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 1_024)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelOption(.maxMessagesPerRead, value: 1)
            .childChannelOption(
                .recvAllocator,
                value: AdaptiveRecvByteBufferAllocator(minimum: 2 << 10, initial: 4 << 10, maximum: 64 << 10)
            )
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let decoder = ByteToMessageHandler(HTTPRequestDecoder(leftOverBytesStrategy: .dropBytes))
                    try channel.pipeline.syncOperations.addHandlers(decoder, AnswerAtOnce())
                }
            }
        let channel = try await bootstrap.bind(host: "127.0.0.1", port: port).get()
        print("listening on 127.0.0.1:\(channel.localAddress?.port ?? port) with \(loopCount) event loops")
        try await channel.closeFuture.get()
    }
}

/// Counts the requests of one read and answers them with one write, without an encoder.
private final class AnswerAtOnce: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = ByteBuffer

    /// Fields and body of Skiff's answer to a PUT, with numbers of typical length.
    private static let answer = ByteBuffer(
        string: """
            HTTP/1.1 200 OK\r
            Content-Type: application/json; charset=UTF-8\r
            Content-Length: 40\r
            X-Skiff-Revision: 123456\r
            ETag: "123456"\r
            X-Skiff-Node: node1\r
            X-Skiff-Leader: node1\r
            X-Skiff-Term: 1\r
            X-Skiff-Index: 12345\r
            \r
            {"key":"key00012345","revision":123456}

            """)

    private var requestCount = 0

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if case .end = Self.unwrapInboundIn(data) { requestCount += 1 }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        guard requestCount > 0 else { return }
        var output = context.channel.allocator.buffer(capacity: requestCount * Self.answer.readableBytes)
        for _ in 0..<requestCount { output.writeImmutableBuffer(Self.answer) }
        requestCount = 0
        context.writeAndFlush(Self.wrapOutboundOut(output), promise: nil)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
