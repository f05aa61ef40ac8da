internal import NIOCore

/// One socket of a connection: passes its events on until the connection lets go of it.
final class SocketHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private var connection: LoadConnection?
    private var context: ChannelHandlerContext?

    init(connection: LoadConnection) { self.connection = connection }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func channelActive(context: ChannelHandlerContext) { connection?.opened(self) }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) { connection?.received(Self.unwrapInboundIn(data)) }

    func channelReadComplete(context: ChannelHandlerContext) { connection?.readEnded() }

    func channelInactive(context: ChannelHandlerContext) { connection?.socketEnded(.closed) }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        connection?.socketEnded(FailureReason(ofSocket: error))
        context.close(promise: nil)
    }

    func write(_ buffer: ByteBuffer) { context?.writeAndFlush(Self.wrapOutboundOut(buffer), promise: nil) }

    /// Closes the socket and passes on nothing more.
    func letGo() {
        connection = nil
        context?.close(promise: nil)
    }
}
