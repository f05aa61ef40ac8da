internal import NIOCore
internal import NIOHTTP1

/// NIO's request decoder, for what is not plain. It tells the connection when bytes arrive, so that a header that comes
/// too slowly is noticed, and tells a method that nobody knows from bytes that are no request at all.
struct RequestDecoder: ByteToMessageDecoder {
    typealias InboundOut = HTTPServerRequestPart

    /// The request line names a method that the parser does not know.
    struct UnknownMethod: Error {}

    private let decoder: HTTPRequestDecoder
    private let connection: HTTPConnectionHandler

    init(connection: HTTPConnectionHandler) {
        var limits = NIOHTTPDecoderLimitConfiguration()
        limits.maxHeaderFieldSize = HTTPLimits.headerBytesMax
        limits.maxHeaderListSize = HTTPLimits.headerBytesMax
        limits.maxHeaderFieldCount = HTTPLimits.headerFieldsMax
        decoder = HTTPRequestDecoder(leftOverBytesStrategy: .dropBytes, limitConfiguration: limits)
        self.connection = connection
    }

    func decode(context: ChannelHandlerContext, buffer: inout ByteBuffer) throws -> DecodingState {
        connection.bytesArrived()
        do {
            return try decoder.decode(context: context, buffer: &buffer)
        } catch HTTPParserError.invalidMethod where !connection.hasBegunRequestSinceBytesArrived {
            guard Self.startsWithMethod(buffer) else { throw HTTPParserError.invalidMethod }
            throw UnknownMethod()
        }
    }

    func decodeLast(
        context: ChannelHandlerContext, buffer: inout ByteBuffer, seenEOF: Bool
    ) throws -> DecodingState {
        try decoder.decodeLast(context: context, buffer: &buffer, seenEOF: seenEOF)
    }

    func decoderAdded(context: ChannelHandlerContext) { decoder.decoderAdded(context: context) }

    func decoderRemoved(context: ChannelHandlerContext) { decoder.decoderRemoved(context: context) }

    /// Capital letters and a space.
    private static func startsWithMethod(_ buffer: ByteBuffer) -> Bool {
        let letters = buffer.readableBytesView.prefix { $0 >= UInt8(ascii: "A") && $0 <= UInt8(ascii: "Z") }
        return !letters.isEmpty && buffer.readableBytesView.dropFirst(letters.count).first == UInt8(ascii: " ")
    }
}

/// Hands the connection the parts that its decoder made, and keeps them from the rest of the pipeline, which knows
/// bytes only.
final class DecodedParts: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart

    private let connection: HTTPConnectionHandler

    init(for connection: HTTPConnectionHandler) { self.connection = connection }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch Self.unwrapInboundIn(data) {
        case .head(let head): connection.receive(head)
        case .body(let part): connection.receive(part)
        case .end: connection.receiveEnd()
        }
    }
}
