internal import NIOCore

/// A channel over a simulated socket. A flush hands everything to the socket at once.
///
/// `@unchecked Sendable`: the simulation has one thread.
final class SimulatedChannel: Channel, ChannelCore, @unchecked Sendable {
    /// From this many bytes on that wait in the socket it counts as full.
    private static let highWaterMark = 64 << 10
    /// Below this many it counts as one that has room again.
    private static let lowWaterMark = 32 << 10

    let eventLoop: any EventLoop
    let allocator = ByteBufferAllocator()
    let localAddress: SocketAddress?
    let remoteAddress: SocketAddress?
    let parent: (any Channel)? = nil
    private let closePromise: EventLoopPromise<Void>
    /// Nil once the channel is closed, or its process has ended.
    private var socket: (any SimulatedSocket)?
    private var isOpen = true
    private var isFull = false
    private var unflushed: [(data: NIOAny, promise: EventLoopPromise<Void>?)] = []
    private var ownPipeline: ChannelPipeline?

    init(
        _ socket: any SimulatedSocket, on eventLoop: any EventLoop, localAddress: SocketAddress?,
        remoteAddress: SocketAddress?
    ) {
        self.socket = socket
        self.eventLoop = eventLoop
        self.localAddress = localAddress
        self.remoteAddress = remoteAddress
        closePromise = eventLoop.makePromise()
        ownPipeline = ChannelPipeline(channel: self)
    }

    var closeFuture: EventLoopFuture<Void> { closePromise.futureResult }
    var isActive: Bool { socket != nil }
    var isWritable: Bool { !isFull }
    var bufferedBytes: Int { socket?.waitingBytes ?? 0 }
    var syncOptions: (any NIOSynchronousChannelOptions)? { SimulatedChannelOptions(channel: self) }
    var _channelCore: any ChannelCore { self }

    var pipeline: ChannelPipeline {
        guard let ownPipeline else { preconditionFailure("a channel is used before it is complete") }
        return ownPipeline
    }

    // MARK: From the socket

    func read(_ bytes: ByteBuffer) {
        pipeline.syncOperations.fireChannelRead(NIOAny(bytes))
        pipeline.syncOperations.fireChannelReadComplete()
    }

    /// Some of what was sent has reached the other end.
    func drain() {
        guard isFull, bufferedBytes < Self.lowWaterMark else { return }
        isFull = false
        eventLoop.execute { [self] in
            if isOpen, !isFull { pipeline.syncOperations.fireChannelWritabilityChanged() }
        }
    }

    /// The other end has closed the connection.
    func readEnd() { close0(error: ChannelError.eof, mode: .all, promise: nil) }

    func fail(_ error: any Error) {
        pipeline.syncOperations.fireErrorCaught(error)
        close0(error: error, mode: .all, promise: nil)
    }

    /// The process has ended: whatever its handlers still do reaches nobody.
    func detach() { socket = nil }

    // MARK: Options

    func setOption<Option: ChannelOption>(_ option: Option, value: Option.Value) -> EventLoopFuture<Void> {
        eventLoop.makeSucceededVoidFuture()
    }

    func getOption<Option: ChannelOption>(_ option: Option) -> EventLoopFuture<Option.Value> {
        eventLoop.makeFailedFuture(ChannelError.operationUnsupported)
    }

    // MARK: ChannelCore

    func write0(_ data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard socket != nil else {
            promise?.fail(ChannelError.ioOnClosedChannel)
            return
        }
        unflushed.append((data, promise))
    }

    func flush0() {
        let writes = unflushed
        unflushed.removeAll(keepingCapacity: true)
        for write in writes {
            socket?.send(unwrapData(write.data, as: ByteBuffer.self))
            write.promise?.succeed()
        }
        guard !isFull, bufferedBytes >= Self.highWaterMark else { return }
        isFull = true
        pipeline.syncOperations.fireChannelWritabilityChanged()
    }

    func close0(error: any Error, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        guard isOpen else {
            promise?.fail(ChannelError.alreadyClosed)
            return
        }
        isOpen = false
        let socket = socket
        self.socket = nil
        socket?.close()
        for write in unflushed { write.promise?.fail(error) }
        unflushed.removeAll()
        promise?.succeed()
        pipeline.syncOperations.fireChannelInactive()
        pipeline.syncOperations.fireChannelUnregistered()
        // A handler may be the caller.
        eventLoop.execute { [self] in
            removeHandlers(pipeline: pipeline)
            closePromise.succeed()
        }
    }

    func localAddress0() throws -> SocketAddress { try address(localAddress) }

    func remoteAddress0() throws -> SocketAddress { try address(remoteAddress) }

    private func address(_ address: SocketAddress?) throws -> SocketAddress {
        guard let address else { throw ChannelError.unknownLocalAddress }
        return address
    }

    func register0(promise: EventLoopPromise<Void>?) { promise?.succeed() }

    func registerAlreadyConfigured0(promise: EventLoopPromise<Void>?) { promise?.succeed() }

    func bind0(to address: SocketAddress, promise: EventLoopPromise<Void>?) {
        promise?.fail(ChannelError.operationUnsupported)
    }

    func connect0(to address: SocketAddress, promise: EventLoopPromise<Void>?) {
        promise?.fail(ChannelError.operationUnsupported)
    }

    func read0() {}

    func triggerUserOutboundEvent0(_ event: Any, promise: EventLoopPromise<Void>?) {
        promise?.fail(ChannelError.operationUnsupported)
    }

    func channelRead0(_ data: NIOAny) {}

    func errorCaught0(error: any Error) {}
}
