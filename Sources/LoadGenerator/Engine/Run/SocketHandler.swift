internal import Glibc
internal import NIOCore
internal import NIOPosix

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

extension FailureReason {
    /// The failure of a socket that had worked.
    init(ofSocket error: any Error) {
        switch (error as? IOError)?.errnoCode {
        case ECONNRESET, EPIPE: self = .reset
        case ETIMEDOUT: self = .timeout
        case .some(let code): self = .badAnswer("socket error \(code)")
        case nil: self = .closed
        }
    }

    /// The failure of an attempt to connect.
    init(ofConnecting error: any Error) {
        if case .connectTimeout = error as? ChannelError {
            self = .connectTimeout
        } else if let failure = error as? NIOConnectionError {
            if let first = failure.connectionErrors.first {
                self = FailureReason(ofConnecting: first.error)
            } else {
                self = .connecting("the name does not resolve")
            }
        } else if let failure = error as? IOError {
            switch failure.errnoCode {
            case ECONNREFUSED: self = .refused
            case ECONNRESET: self = .reset
            case ETIMEDOUT: self = .connectTimeout
            default: self = .connecting(String(cString: strerror(failure.errnoCode)))
            }
        } else {
            self = .connecting("\(error)")
        }
    }
}
