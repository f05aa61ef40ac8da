internal import NIOCore
internal import NIOHTTP1

/// Hands the connection the parts that its decoder made, and keeps them from the rest of the pipeline, which knows
/// bytes only.
final class DecodedParts: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart

    private let connection: HTTPConnection

    init(for connection: HTTPConnection) { self.connection = connection }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        connection.receive(Self.unwrapInboundIn(data))
    }
}
