internal import NIOCore
internal import NIOHTTP1

/// NIO's request decoder, for requests that are not plain. It reports to the connection when bytes arrive, so that a
/// header that comes too slowly is noticed, and distinguishes an unknown method from bytes that are no request at all.
struct RequestDecoder: ByteToMessageDecoder {
    typealias InboundOut = HTTPServerRequestPart

    /// The request line names a method that the parser does not know.
    struct UnknownMethod: Error {}

    private let decoder: HTTPRequestDecoder
    private let connection: HTTPConnection

    init(connection: HTTPConnection) {
        var limits = NIOHTTPDecoderLimitConfiguration()
        limits.maxHeaderFieldSize = HTTPLimits.headerBytesMax
        limits.maxHeaderListSize = HTTPLimits.headerBytesMax
        limits.maxHeaderFieldCount = HTTPLimits.headerFieldsMax
        decoder = HTTPRequestDecoder(leftOverBytesStrategy: .dropBytes, limitConfiguration: limits)
        self.connection = connection
    }

    func decode(context: ChannelHandlerContext, buffer: inout ByteBuffer) throws -> DecodingState {
        connection.bytesReachDecoder()
        do {
            return try decoder.decode(context: context, buffer: &buffer)
        } catch HTTPParserError.invalidMethod where !connection.hasDecodedHead {
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
