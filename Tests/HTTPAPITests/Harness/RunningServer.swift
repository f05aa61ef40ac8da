import HotPath
import NIOCore
import NIOPosix
import RaftCore
import Synchronization

@testable import HTTPAPI

/// A bound server with two event loops; a third thread plays the replica: it applies each burst and posts completions
/// from outside the loops, as the apply thread does.
final class RunningServer: Sendable {
    let server: HTTPServer
    let port: Int
    let store = FakeStore()
    let control = FakeControl()
    let board = StatusBoard(EmbeddedNode.status)
    private let group: MultiThreadedEventLoopGroup
    private let applyThread: MultiThreadedEventLoopGroup

    private init(_ settings: HTTPServerSettings) async throws {
        group = MultiThreadedEventLoopGroup(numberOfThreads: 2)
        applyThread = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let sinks = Sinks()
        let apply = applyThread.next()
        server = HTTPServer(
            group: group, settings: settings, reader: store, board: board, control: control
        ) { [store] index in
            let replica = FakeReplica(sink: index)
            replica.onBurst = { burst in
                let posted = Burst(submissions: burst)
                apply.execute {
                    sinks[index].post(
                        posted.submissions.map { Completion(tag: $0.tag, outcome: store.apply($0)) })
                }
            }
            return replica
        }
        sinks.set(server.sinks)
        port = try await server.bind()
    }

    static func withServer<Result>(
        _ change: (inout HTTPServerSettings) -> Void = { _ in }, _ body: (RunningServer) async throws -> Result
    ) async throws -> Result {
        var settings = HTTPServerSettings()
        settings.host = "127.0.0.1"
        settings.port = 0
        // No test depends on how busy the machine is.
        settings.requestTimeoutMilliseconds = settings.requestTimeoutMillisecondsMax
        settings.headerTimeoutMilliseconds = 60_000
        change(&settings)
        let running = try await RunningServer(settings)
        let outcome: Swift.Result<Result, any Error>
        do { outcome = .success(try await body(running)) } catch { outcome = .failure(error) }
        await running.server.shutdown(withinMilliseconds: 0)
        try await running.group.shutdownGracefully()
        try await running.applyThread.shutdownGracefully()
        return try outcome.get()
    }

    func connect(host: String = "127.0.0.1") async throws -> Client {
        try await Client(host: host, port: port, group: group)
    }

    private struct Burst: Sendable { let submissions: [Submission] }

    private final class Sinks: Sendable {
        private let sinks = Mutex<[any CompletionSink]>([])
        func set(_ sinks: [any CompletionSink]) { self.sinks.withLock { $0 = sinks } }
        subscript(index: UInt32) -> any CompletionSink { sinks.withLock { $0[Int(index)] } }
    }
}

/// A client on a real socket.
final class Client: Sendable {
    private let channel: any Channel
    private let inbox: Inbox

    /// The bytes that have arrived and who waits for more. Confined to the channel's loop.
    private final class Collector: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        private let inbox: Inbox

        init(_ inbox: Inbox) { self.inbox = inbox }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            inbox.append(Array(Self.unwrapInboundIn(data).readableBytesView))
        }

        func channelInactive(context: ChannelHandlerContext) { inbox.close() }

        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }

    private final class Inbox: Sendable {
        private struct State {
            var bytes: [UInt8] = []
            /// How many whole answers there are, and where the next begins.
            var answerCount = 0
            var answersEnd = 0
            var isClosed = false
            var waiter: (count: Int, continuation: CheckedContinuation<[UInt8], Never>)?

            mutating func append(_ more: [UInt8]) {
                bytes += more
                while let size = Answer.size(in: bytes[answersEnd...]) {
                    answerCount += 1
                    answersEnd += size
                }
            }

            mutating func take() -> [UInt8] {
                defer { (bytes, answerCount, answersEnd) = ([], 0, 0) }
                return bytes
            }
        }

        private let state = Mutex(State())

        func append(_ more: [UInt8]) {
            state.withLock { $0.append(more) }
            wake()
        }

        func close() {
            state.withLock { $0.isClosed = true }
            wake()
        }

        private func wake() {
            let ready: (CheckedContinuation<[UInt8], Never>, [UInt8])? = state.withLock { state in
                guard let waiter = state.waiter, state.isClosed || state.answerCount >= waiter.count else { return nil }
                state.waiter = nil
                return (waiter.continuation, state.take())
            }
            if let ready { ready.0.resume(returning: ready.1) }
        }

        /// Everything up to now once there are this many answers, or the connection is closed.
        func take(answers count: Int) async -> [UInt8] {
            await withCheckedContinuation { continuation in
                state.withLock { $0.waiter = (count, continuation) }
                wake()
            }
        }
    }

    init(
        host: String = "127.0.0.1", port: Int, group: MultiThreadedEventLoopGroup, autoRead: Bool = true
    ) async throws {
        let inbox = Inbox()
        self.inbox = inbox
        channel = try await ClientBootstrap(group: group)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Collector(inbox))
                }
            }
            .connect(host: host, port: port).get()
    }

    func send(_ text: String) async throws {
        try await channel.writeAndFlush(ByteBuffer(string: text)).get()
    }

    func exchange(_ text: String) async throws -> Answer {
        try await send(text)
        guard let answer = try await answers(1).first else { throw ChannelError.eof }
        return answer
    }

    /// Waits for `count` answers.
    func answers(_ count: Int) async throws -> [Answer] {
        try Answer.all(String(decoding: await inbox.take(answers: count), as: UTF8.self))
    }

    /// Waits for the end of the connection.
    func rest() async -> String { String(decoding: await inbox.take(answers: .max), as: UTF8.self) }

    func setReading(_ isReading: Bool) async throws {
        try await channel.setOption(.autoRead, value: isReading).get()
        if isReading { channel.read() }
    }

    func closeOutput() async throws {
        try await channel.setOption(.allowRemoteHalfClosure, value: true).get()
        try await channel.close(mode: .output).get()
    }

    func close() async throws { try await channel.close().get() }
}
