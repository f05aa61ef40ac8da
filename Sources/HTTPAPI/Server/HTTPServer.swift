package import Accepting
package import ClusterControl
internal import Glibc
package import HotPath
internal import NIOConcurrencyHelpers
internal import NIOCore
internal import NIOHTTP1
package import NIOPosix

/// The HTTP side of a node: listens, spreads connections over the event loops of a group, and takes completions back.
///
/// Made before the replica, because the replica needs `sinks`; bound after it, because requests need the replica.
/// Any thread.
package final class HTTPServer: Sendable {
    /// One per event loop of the group, in the group's order; the index of a sink is the `sink` of its loop's gateway.
    package let sinks: [any CompletionSink]

    private struct Listening {
        var channel: (any Channel)?
        var sweeps: [RepeatedTask] = []
    }

    private let group: MultiThreadedEventLoopGroup
    private let settings: HTTPServerSettings
    private let loops: [any EventLoop]
    private let tables: [NIOLoopBoundBox<ConnectionTable>]
    private let recordReads: RecordReads
    private let digests: StateDigests
    private let connections: OpenConnections
    private let onAccepting: @Sendable (AcceptEvent) -> Void
    private let listening = NIOLockedValueBox(Listening())

    /// `makeGateway` is called once for each event loop, in order, with the index of its sink; `onAccepting` when the
    /// server stops to accept connections and when it resumes.
    package init(
        group: MultiThreadedEventLoopGroup, settings: HTTPServerSettings, reader: any KeyValueReader & StateDigester,
        board: StatusBoard, control: any MembershipControl,
        onAccepting: @escaping @Sendable (AcceptEvent) -> Void = { _ in },
        makeGateway: (UInt32) -> sending any Submitting
    ) {
        self.group = group
        self.settings = settings
        self.onAccepting = onAccepting
        connections = OpenConnections(limit: settings.connectionsMax, reserve: HTTPLimits.reserveConnectionsMax)
        loops = Array(group.makeIterator())
        recordReads = RecordReads(reader: reader)
        digests = StateDigests(digester: reader)
        var tables: [NIOLoopBoundBox<ConnectionTable>] = []
        var sinks: [any CompletionSink] = []
        for (index, eventLoop) in loops.enumerated() {
            let services = LoopServices(
                eventLoop: eventLoop, gateway: makeGateway(UInt32(index)), reader: reader.makeLoopReader(),
                board: board, control: control, digests: digests, settings: settings)
            let table = ConnectionTable(services: services, recordReads: recordReads, connections: connections)
            let box = NIOLoopBoundBox.makeBoxSendingValue(table, as: ConnectionTable.self, eventLoop: eventLoop)
            tables.append(box)
            sinks.append(LoopCompletionSink(box, on: eventLoop))
        }
        self.tables = tables
        self.sinks = sinks
    }

    // MARK: Start

    /// Listens and serves. Returns the port, which the system chose if the settings say 0. Once.
    package func bind() async throws(HTTPServerError) -> Int {
        recordReads.start()
        digests.start()
        let interval = TimeAmount.milliseconds(HTTPLimits.sweepIntervalMilliseconds)
        let sweeps = zip(loops, tables).map { eventLoop, table in
            eventLoop.execute { table.value.start() }
            return eventLoop.scheduleRepeatedTask(initialDelay: interval, delay: interval) { _ in table.value.sweep() }
        }
        listening.withLockedValue { $0.sweeps = sweeps }
        let channel = try await listen()
        listening.withLockedValue { $0.channel = channel }
        // A bound channel of a TCP socket has an address with a port.
        return channel.localAddress?.port ?? settings.port
    }

    private func listen() async throws(HTTPServerError) -> any Channel {
        guard settings.host.isEmpty else { return try await listen(on: settings.host) }
        do throws(HTTPServerError) {
            // Takes IPv4 too, where the system has both.
            return try await listen(on: "::")
        } catch {
            return try await listen(on: "0.0.0.0")
        }
    }

    private func listen(on host: String) async throws(HTTPServerError) -> any Channel {
        let byLoop = Dictionary(uniqueKeysWithValues: zip(loops.map { ObjectIdentifier($0) }, tables))
        let bootstrap = ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: HTTPLimits.backlog)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .serverChannelInitializer { [connections, onAccepting] channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(AcceptGate(connections, report: onAccepting))
                }
            }
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            // One read per pass and connection bounds the work that a client can cause before its limits are looked at.
            .childChannelOption(.maxMessagesPerRead, value: 1)
            .childChannelOption(
                .writeBufferWaterMark,
                value: .init(low: HTTPLimits.writeBytesTarget, high: HTTPLimits.queuedResponseBytesMax)
            )
            .childChannelInitializer { [connections] channel in
                channel.eventLoop.makeCompletedFuture {
                    guard let table = byLoop[ObjectIdentifier(channel.eventLoop)] else {
                        preconditionFailure("a connection runs on an event loop outside the group")
                    }
                    try channel.syncOptions?.setOption(.recvAllocator, value: ReadAllocator(of: table.value))
                    let isBeyondLimit = connections.isBeyondLimit(ObjectIdentifier(channel))
                    try HTTPServer.addHandler(to: channel, of: table.value, isBeyondLimit: isBeyondLimit)
                }
            }
        do {
            return try await bootstrap.bind(host: host, port: settings.port).get()
        } catch {
            throw Self.cannotListen(on: "\(host):\(settings.port)", because: error)
        }
    }

    /// Makes `channel` a connection of `table`. On the table's loop.
    static func addHandler(
        to channel: any Channel, of table: ConnectionTable, isBeyondLimit: Bool = false
    ) throws {
        // Accepted before the listener closed, and set up after this loop was drained: nobody waits for it any more,
        // and the store may be closed before it is served.
        guard !table.isDraining else { throw NodeIsStopping() }
        try channel.pipeline.syncOperations.addHandler(
            HTTPConnection(table: table, isBeyondLimit: isBeyondLimit))
    }

    private static func cannotListen(on address: String, because error: any Error) -> HTTPServerError {
        let reason: String
        switch (error as? IOError)?.errnoCode {
        case EADDRINUSE:
            reason = "the address is in use; stop the other process, or choose another port with SERVER_PORT"
        case EADDRNOTAVAIL:
            reason = "this machine has no such address; set SERVER_HOST to one of its own"
        case EACCES:
            reason = "this user may not listen there; choose a port above 1023 with SERVER_PORT"
        default:
            reason = "\(error); check SERVER_HOST and SERVER_PORT"
        }
        return HTTPServerError(
            code: .cannotListen, message: "cannot listen on \(address) for HTTP: \(reason)", address: address)
    }

    // MARK: Connections

    /// The connections that are open.
    package var connectionCount: Int { connections.count }

    /// From now on serves this many connections at most. Those that are open stay.
    package func setConnectionsMax(_ count: Int) { connections.setLimit(count) }

    // MARK: Stop

    /// Accepts no more connections, lets open requests be answered for at most this long, then closes what is left and
    /// ends the threads that read the store. Once, whether or not the server was bound.
    package func shutdown(withinMilliseconds milliseconds: Int64) async {
        let listening = listening.withLockedValue { current in
            let taken = current
            current = Listening()
            return taken
        }
        // Nobody has to wait until everything is read.
        digests.stop()
        if let channel = listening.channel {
            await close(channel, withinMilliseconds: milliseconds)
        }
        for sweep in listening.sweeps { sweep.cancel() }
        await recordReads.shutdown()
        await digests.shutdown()
    }

    private func close(_ channel: any Channel, withinMilliseconds milliseconds: Int64) async {
        let hasClosed = channel.eventLoop.makePromise(of: Void.self)
        channel.closeFuture.cascade(to: hasClosed)
        channel.close(promise: nil)
        await Self.wait(for: hasClosed.futureResult)
        let draining = zip(loops, tables).map { eventLoop, table in
            let drained = eventLoop.makePromise(of: Void.self)
            eventLoop.execute { table.value.drain(drained) }
            let deadline = eventLoop.scheduleTask(in: .milliseconds(milliseconds)) { table.value.closeAll() }
            return (drained: drained.futureResult, deadline: deadline)
        }
        for loop in draining {
            await Self.wait(for: loop.drained)
            loop.deadline.cancel()
        }
    }

    /// Futures that cannot fail.
    private static func wait(for future: EventLoopFuture<Void>) async {
        await withCheckedContinuation { continuation in
            future.whenComplete { _ in continuation.resume() }
        }
    }
}

/// Fails the set-up of a connection of a node that stops, so that NIO closes it.
private struct NodeIsStopping: Error {}
