import Dispatch
import Glibc
import NIOCore
import NIOEmbedded
import NIOPosix
import Programs
import Synchronization
import Testing

@testable import Accepting

@Suite("A listener accepts connections while there is room")
struct AcceptGateTests {
    /// A listener without a socket: counts the reads that reach it.
    private final class Listener {
        let channel = EmbeddedChannel()
        let connections: OpenConnections
        private(set) var children: [EmbeddedChannel] = []
        private let socket = SocketEnd()
        private let reported = Reports()

        /// Where a channel would poll its socket.
        final class SocketEnd: ChannelOutboundHandler {
            typealias OutboundIn = Never
            var readCount = 0

            func read(context: ChannelHandlerContext) { readCount += 1 }
        }

        init(limit: Int, reserve: Int = 0, repeatInterval: TimeAmount = .zero) throws {
            connections = OpenConnections(limit: limit, reserve: reserve)
            let gate = AcceptGate(connections, repeatInterval: repeatInterval, report: reported.append)
            try channel.pipeline.syncOperations.addHandlers([socket, gate])
        }

        var readCount: Int { socket.readCount }
        var events: [AcceptEvent] { reported.events }

        /// How many connections one read may accept.
        func connectionsPerRead() throws -> UInt? {
            try channel.syncOptions?.getOption(.maxMessagesPerRead)
        }

        func accept() {
            let child = EmbeddedChannel(loop: channel.embeddedEventLoop)
            children.append(child)
            channel.pipeline.syncOperations.fireChannelRead(NIOAny(child))
        }

        func closeFirst() throws { try close(0) }

        func close(_ place: Int) throws {
            _ = try children.remove(at: place).finish()
            channel.embeddedEventLoop.run()
        }

        /// Whether each connection that is open is one beyond the limit.
        var areBeyondLimit: [Bool] { children.map { connections.isBeyondLimit(ObjectIdentifier($0)) } }
    }

    @Test("At the limit it stops, and resumes when a sixteenth of its connections, at least one, has closed")
    func limit() throws {
        let listener = try Listener(limit: 32)
        for _ in 0..<32 {
            listener.channel.read()
            listener.accept()
        }
        #expect(listener.readCount == 32)
        #expect(listener.events == [])

        listener.channel.read()
        #expect(listener.readCount == 32)
        #expect(listener.events == [.full(connections: 32)])

        try listener.closeFirst()
        #expect(listener.readCount == 32)
        try listener.closeFirst()
        #expect(listener.readCount == 33)
        #expect(listener.connections.count == 30)

        listener.accept()
        #expect(listener.events == [.full(connections: 32), .resumed])
    }

    @Test("One read never accepts more than there is room for")
    func lastPlaces() throws {
        let listener = try Listener(limit: 2)
        listener.channel.read()
        #expect(try listener.connectionsPerRead() == 2)
        listener.accept()
        listener.channel.read()
        #expect(try listener.connectionsPerRead() == 1)
        listener.accept()
        listener.channel.read()
        #expect(listener.readCount == 2)

        listener.connections.setLimit(100)
        listener.channel.embeddedEventLoop.run()
        #expect(listener.readCount == 3)
        #expect(try listener.connectionsPerRead() == 4)
    }

    @Test("A limit that falls below what is open closes nothing, and holds until enough have closed")
    func lowerLimit() throws {
        let listener = try Listener(limit: 10)
        for _ in 0..<6 { listener.accept() }
        listener.connections.setLimit(3)
        listener.channel.read()
        #expect(listener.readCount == 0)

        for _ in 0..<3 { try listener.closeFirst() }
        #expect(listener.readCount == 0)
        try listener.closeFirst()
        #expect(listener.readCount == 1)
    }

    @Test("Beyond the limit a reserve is accepted and known as such; when it is used up as well, the listener stops")
    func reserve() throws {
        let listener = try Listener(limit: 2, reserve: 4)
        for _ in 0..<6 {
            listener.channel.read()
            listener.accept()
        }
        #expect(listener.readCount == 6)
        #expect(listener.areBeyondLimit == [false, false, true, true, true, true])
        #expect(listener.events == Array(repeating: .full(connections: 2), count: 4))
        #expect(listener.connections.count == 6 && listener.connections.countWithinLimit == 2)
        #expect(listener.connections.isReserveUsedUp)

        listener.channel.read()
        #expect(listener.readCount == 6)
        try listener.close(2)
        #expect(listener.readCount == 7)
        #expect(!listener.connections.isReserveUsedUp)
    }

    @Test("A place within the limit goes to the next connection, however many of the reserve are open")
    func placeWithinLimit() throws {
        let listener = try Listener(limit: 2, reserve: 2, repeatInterval: .hours(1))
        for _ in 0..<4 { listener.accept() }
        listener.channel.read()
        #expect(listener.readCount == 0)

        try listener.closeFirst()
        #expect(listener.readCount == 1)
        #expect(try listener.connectionsPerRead() == 1)
        listener.accept()
        #expect(listener.areBeyondLimit == [false, true, true, false])
        #expect(listener.events == [.full(connections: 2), .resumed])
    }

    @Test("The reserve is there also while more connections are open than a lower limit allows, and never grows")
    func reserveBelowLimit() throws {
        let listener = try Listener(limit: 10, reserve: 2)
        for _ in 0..<8 { listener.accept() }
        listener.connections.setLimit(3)
        listener.channel.read()
        #expect(listener.readCount == 1)
        #expect(try listener.connectionsPerRead() == 2)
        for _ in 0..<2 { listener.accept() }
        listener.channel.read()
        #expect(listener.readCount == 1)

        for _ in 0..<5 { try listener.closeFirst() }
        #expect(listener.readCount == 1)
        try listener.closeFirst()
        #expect(listener.readCount == 2)
        #expect(listener.areBeyondLimit == [false, false, true, true])
    }

    @Test("A listener that stops and resumes all the time is reported once per interval")
    func reports() throws {
        let listener = try Listener(limit: 1, repeatInterval: .hours(1))
        for _ in 0..<5 {
            listener.accept()
            listener.channel.read()
            try listener.closeFirst()
        }

        #expect(listener.events == [.full(connections: 1), .resumed])
    }

    @Test("Without descriptors it lets its socket rest, says so once, and tries again after a second")
    func exhausted() throws {
        let listener = try Listener(limit: 100)
        let error = IOError(errnoCode: EMFILE, reason: "accept")

        listener.channel.pipeline.fireErrorCaught(error)
        listener.channel.read()
        #expect(listener.readCount == 0)
        #expect(listener.events == [.failed(errorNumber: EMFILE)])

        listener.channel.embeddedEventLoop.advanceTime(by: .milliseconds(999))
        #expect(listener.readCount == 0)
        listener.channel.embeddedEventLoop.advanceTime(by: .milliseconds(1))
        #expect(listener.readCount == 1)
    }

    @Test("A client that was gone before it was accepted is no reason to stop, and a broken socket is not hidden")
    func otherErrors() throws {
        let listener = try Listener(limit: 100)
        listener.channel.pipeline.fireErrorCaught(IOError(errnoCode: ECONNABORTED, reason: "accept"))
        listener.channel.read()
        #expect(listener.readCount == 1)
        try listener.channel.throwIfErrorCaught()

        listener.channel.pipeline.fireErrorCaught(IOError(errnoCode: EBADF, reason: "accept"))
        #expect(throws: IOError.self) { try listener.channel.throwIfErrorCaught() }
        #expect(listener.events == [])
    }

    @Test("A process that has no descriptor left does not try to accept in each pass of its loop")
    func processWithoutDescriptors() async {
        await #expect(processExitsWith: .success) {
            let errorCount = ErrorCount()
            let events = AwaitedEvents()
            let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
            let server = try await ServerBootstrap(group: group)
                .serverChannelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        let gate = AcceptGate(OpenConnections(limit: .max), repeatInterval: .zero) {
                            events.append($0)
                        }
                        try channel.pipeline.syncOperations.addHandlers([ErrorCounter(errorCount), gate])
                    }
                }
                .bind(host: "127.0.0.1", port: 0).get()
            let stopped = Self.useUpDescriptors(server.localAddress!, until: events)
            // It may have tried again before the last of them was closed.
            var wentOn = events.next()
            while wentOn == stopped { wentOn = events.next() }

            #expect(stopped == .failed(errorNumber: EMFILE))
            #expect(wentOn == .resumed)
            #expect(errorCount.value < 10)
        }
    }

    /// Connects to a server with all descriptors that there are, until an event. Nothing is awaited meanwhile:
    /// libdispatch opens a file when work waits for a thread, and ends a process that has no descriptor for it.
    private static func useUpDescriptors(_ address: SocketAddress, until events: AwaitedEvents) -> AcceptEvent {
        let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        var limit = rlimit(rlim_cur: rlim_t(OpenFiles.count()! + 16), rlim_max: rlim_t(OpenFiles.raiseLimit()))
        precondition(setrlimit(resource, &limit) == 0)
        var clients: [CInt] = []
        while true {
            let client = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
            guard client >= 0 else { break }
            clients.append(client)
        }
        // One connection can be accepted.
        close(clients.removeLast())
        for client in clients {
            address.withSockAddr { pointer, size in _ = connect(client, pointer, socklen_t(size)) }
        }
        defer { for client in clients { close(client) } }
        return events.next()
    }

    /// Events that a thread waits for.
    private final class AwaitedEvents: Sendable {
        private let waiting = Mutex<[AcceptEvent]>([])
        private let count = DispatchSemaphore(value: 0)

        func append(_ event: AcceptEvent) {
            waiting.withLock { $0.append(event) }
            count.signal()
        }

        func next() -> AcceptEvent {
            count.wait()
            return waiting.withLock { $0.removeFirst() }
        }
    }

    private final class Reports: Sendable {
        private let reported = Mutex<[AcceptEvent]>([])

        var events: [AcceptEvent] { reported.withLock { $0 } }

        func append(_ event: AcceptEvent) { reported.withLock { $0.append(event) } }
    }

    private final class ErrorCount: Sendable {
        private let count = Atomic(0)

        var value: Int { count.load(ordering: .relaxed) }

        func increase() { count.add(1, ordering: .relaxed) }
    }

    private final class ErrorCounter: ChannelInboundHandler {
        typealias InboundIn = any Channel
        private let count: ErrorCount

        init(_ count: ErrorCount) { self.count = count }

        func errorCaught(context: ChannelHandlerContext, error: any Error) {
            count.increase()
            context.fireErrorCaught(error)
        }
    }
}
