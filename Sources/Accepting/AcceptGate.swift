internal import Glibc
package import NIOCore

/// Lets a listener accept connections only while there is room for them, and keeps it quiet otherwise. The first
/// handler of the listener's channel; confined to its loop.
///
/// Connections that find no room, not even in the reserve, wait in the kernel, where they take no descriptor of this
/// process. If the system itself has none left, the socket is not polled for a while: NIO would try to accept again in
/// each pass of the loop.
package final class AcceptGate: ChannelDuplexHandler {
    package typealias InboundIn = any Channel
    package typealias InboundOut = any Channel
    package typealias OutboundIn = Never
    package typealias OutboundOut = Never

    private static let messagesPerReadMax = 4

    private let connections: OpenConnections
    private let report: @Sendable (AcceptEvent) -> Void
    private let repeatInterval: TimeAmount
    private var context: ChannelHandlerContext?
    private var messagesPerRead = AcceptGate.messagesPerReadMax
    /// After the system had no descriptor left.
    private var nextTry: Scheduled<Void>?
    /// When it was last reported that there is no room.
    private var reportedAt: NIODeadline?
    private var isEndReported = true

    /// `report` is called on the loop: once when connections find no room within the limit and once when they do again.
    /// Not more often than each `repeatInterval`, if that changes all the time or stays.
    package init(
        _ connections: OpenConnections, repeatInterval: TimeAmount = .minutes(1),
        report: @escaping @Sendable (AcceptEvent) -> Void
    ) {
        self.connections = connections
        self.repeatInterval = repeatInterval
        self.report = report
    }

    // MARK: Life

    package func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        let gate = NIOLoopBound(self, eventLoop: context.eventLoop)
        connections.onRoom { [eventLoop = context.eventLoop] in eventLoop.execute { gate.value.goOn() } }
    }

    package func handlerRemoved(context: ChannelHandlerContext) { forgetChannel() }

    package func channelInactive(context: ChannelHandlerContext) {
        forgetChannel()
        context.fireChannelInactive()
    }

    private func forgetChannel() {
        context = nil
        connections.onRoom(nil)
        nextTry?.cancel()
        nextTry = nil
    }

    // MARK: Connections

    package func read(context: ChannelHandlerContext) {
        guard nextTry == nil else { return }
        let room = connections.roomOrWakeUp()
        guard room > 0 else { return reportStop(.full(connections: connections.countWithinLimit)) }
        let messages = min(room, Self.messagesPerReadMax)
        if messages != messagesPerRead {
            messagesPerRead = messages
            setOption(.maxMessagesPerRead, UInt(messages), on: context)
        }
        context.read()
    }

    package func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let child = Self.unwrapInboundIn(data)
        let identity = ObjectIdentifier(child)
        let isWithinLimit = connections.add(identity)
        child.closeFuture.whenComplete { [connections] _ in connections.remove(identity) }
        if isWithinLimit { reportEnd() } else { reportStop(.full(connections: connections.countWithinLimit)) }
        context.fireChannelRead(data)
    }

    package func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard let error = error as? IOError else { return context.fireErrorCaught(error) }
        switch error.errnoCode {
        case EMFILE, ENFILE, ENOBUFS, ENOMEM: standBack(for: error.errnoCode, context)
        // That client is gone, and no reason to keep the next one waiting.
        case ECONNABORTED: break
        default: context.fireErrorCaught(error)
        }
    }

    // MARK: Stop and go

    private func standBack(for errorNumber: CInt, _ context: ChannelHandlerContext) {
        reportStop(.failed(errorNumber: errorNumber))
        guard nextTry == nil else { return }
        setOption(.autoRead, false, on: context)
        nextTry = context.eventLoop.assumeIsolated().scheduleTask(in: .seconds(1)) { self.goOn() }
    }

    private func goOn() {
        guard let context else { return }
        nextTry?.cancel()
        nextTry = nil
        // Reads at once if it was off, without asking this handler.
        guard connections.roomOrWakeUp() > 0 else { return }
        setOption(.autoRead, true, on: context)
        read(context: context)
    }

    private func setOption<Option: ChannelOption>(
        _ option: Option, _ value: Option.Value, on context: ChannelHandlerContext
    ) {
        do {
            try context.channel.syncOptions?.setOption(option, value: value)
        } catch {
            // A closed listener has no options and accepts nothing.
        }
    }

    // MARK: Reports

    private func reportStop(_ event: AcceptEvent) {
        let now = NIODeadline.now()
        if let reportedAt, now - reportedAt < repeatInterval { return }
        reportedAt = now
        isEndReported = false
        report(event)
    }

    private func reportEnd() {
        guard !isEndReported else { return }
        isEndReported = true
        report(.resumed)
    }
}
