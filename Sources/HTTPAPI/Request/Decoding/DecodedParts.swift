internal import NIOCore
internal import NIOHTTP1

/// Hands the connection the parts that its decoder made, and keeps them from the rest of the pipeline, which knows
/// bytes only.
final class DecodedParts: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart

    private let connection: HTTPConnection

    private init(for connection: HTTPConnection) { self.connection = connection }

    /// Puts NIO's decoder before `connection`, to take `bytes`, which begin with a request, and all that follows. False
    /// if the connection is gone already.
    static func decode(
        _ bytes: ByteBuffer, for connection: HTTPConnection, _ context: ChannelHandlerContext
    ) -> Bool {
        let pipeline = context.pipeline.syncOperations
        do {
            try pipeline.addHandlers(
                ByteToMessageHandler(RequestDecoder(connection: connection)), DecodedParts(for: connection),
                position: .before(connection))
        } catch {
            return false
        }
        pipeline.fireChannelRead(NIOAny(bytes))
        return true
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        connection.receive(Self.unwrapInboundIn(data))
    }
}
