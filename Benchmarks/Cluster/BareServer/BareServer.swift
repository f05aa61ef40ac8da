import Glibc
import NIOCore
import NIOPosix

/// The ceiling: an HTTP/1.1 server that finds requests with Skiff's own parser, answers each at once with an answer of
/// the size of Skiff's, and does nothing else. With the same load generator, no server with more work than this can be
/// faster.
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
                    try channel.pipeline.syncOperations.addHandler(AnswerAtOnce())
                }
            }
        let channel = try await bootstrap.bind(host: "127.0.0.1", port: port).get()
        print("listening on 127.0.0.1:\(channel.localAddress?.port ?? port) with \(loopCount) event loops")
        try await channel.closeFuture.get()
    }
}
