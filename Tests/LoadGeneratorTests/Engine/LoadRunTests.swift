import Bytes
import NIOCore
import NIOPosix
import Testing

@testable import LoadGenerator

@Suite("Runs against a server that falls silent shortly before their end")
struct LoadRunTests {
    /// Sends gets on one connection for 0.6 s. The 20th is answered after a second.
    private func run(rate: Double?) throws -> LoadResult {
        let server = try SilentServer(silentAt: 20, for: .seconds(1))
        defer { #expect(throws: Never.self) { try server.stop() } }
        var plan = LoadPlan(endpoints: [HostAndPort(host: "127.0.0.1", port: server.port)])
        plan.mix = [WeightedOperation(.get, weight: 1)]
        plan.keyCount = 100
        plan.connections = 1
        plan.rate = rate
        plan.warmup = .zero
        plan.ending = .after(.milliseconds(600))
        return try LoadRun(plan: plan).run()
    }

    @Test("An outage across the end of the run is one gap")
    func gap() throws {
        let result = try run(rate: nil)

        #expect(result.longestGapSeconds >= 0.99, "\(result.longestGapSeconds)")
        #expect(result.longestGapSeconds <= result.elapsedSeconds)
    }

    @Test("Starts that were queued when the run ended do not let conditions on latency and errors hold")
    func queuedAtTheEnd() throws {
        let result = try run(rate: 500)
        let outcomes = Summary(result).outcomes(of: try Condition.list("p50<1h,errors<1"))

        #expect(result.generator.unsent > 200)
        #expect(outcomes.map(\.measured).last == 0, "nothing that was sent has failed")
        #expect(outcomes.map(\.holds) == [false, false])
    }
}

/// Answers every request at once except for one.
private final class SilentServer {
    private let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    let port: Int

    init(silentAt silentRequest: Int, for silence: TimeAmount) throws {
        let channel = try ServerBootstrap(group: group).childChannelInitializer { channel in
            channel.eventLoop.makeCompletedFuture {
                try channel.pipeline.syncOperations.addHandler(
                    SilentHandler(silentRequest: silentRequest, silence: silence))
            }
        }.bind(host: "127.0.0.1", port: 0).wait()
        port = try #require(channel.localAddress?.port)
    }

    func stop() throws { try group.syncShutdownGracefully() }
}

/// Each read from the socket holds one request, because only one is in flight and it is short.
private final class SilentHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let silentRequest: Int
    private let silence: TimeAmount
    private var count = 0

    init(silentRequest: Int, silence: TimeAmount) {
        self.silentRequest = silentRequest
        self.silence = silence
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        count += 1
        guard count == silentRequest else { return answer(context) }
        context.eventLoop.assumeIsolated().scheduleTask(in: silence) { self.answer(context) }
    }

    private func answer(_ context: ChannelHandlerContext) {
        let text = "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx"
        context.writeAndFlush(Self.wrapOutboundOut(ByteBuffer(string: text)), promise: nil)
    }
}
