internal import NIOCore
internal import NIOHTTP1

/// NIO's request decoder, for requests that are not plain. It reports to the connection when bytes arrive, so that a
/// header that comes too slowly is noticed, and follows the heads, so that a refusal names its reason.
struct RequestDecoder: ByteToMessageDecoder {
    typealias InboundOut = HTTPServerRequestPart

    /// The decoder did not take its input, for this reason.
    struct Refusal: Error { let reason: APIError }

    private let decoder: HTTPRequestDecoder
    private let connection: HTTPConnection
    private var trace = HeadTrace()
    /// Bytes that the decoder has seen and left in the buffer.
    private var seenBytes = 0

    init(connection: HTTPConnection) {
        var limits = NIOHTTPDecoderLimitConfiguration()
        limits.maxHeaderFieldSize = HTTPLimits.headerBytesMax
        limits.maxHeaderListSize = HTTPLimits.headerBytesMax
        limits.maxHeaderFieldCount = HTTPLimits.headerFieldsMax
        decoder = HTTPRequestDecoder(leftOverBytesStrategy: .dropBytes, limitConfiguration: limits)
        self.connection = connection
    }

    mutating func decode(context: ChannelHandlerContext, buffer: inout ByteBuffer) throws -> DecodingState {
        trace.append(buffer.readableBytesView.dropFirst(seenBytes))
        let endsWithEmptyLine = buffer.readableBytesView.suffix(4).elementsEqual("\r\n\r\n".utf8)
        connection.bytesReachDecoder()
        do {
            let state = try decoder.decode(context: context, buffer: &buffer)
            seenBytes = buffer.readableBytes
            trace.skipMessages(upToFlaw: false)
            if endsWithEmptyLine, !connection.isInRequest { trace.begin() }
            return state
        } catch let error as HTTPParserError {
            trace.skipMessages(upToFlaw: true)
            throw Refusal(reason: reason(for: error))
        }
    }

    func decodeLast(
        context: ChannelHandlerContext, buffer: inout ByteBuffer, seenEOF: Bool
    ) throws -> DecodingState {
        try decoder.decodeLast(context: context, buffer: &buffer, seenEOF: seenEOF)
    }

    func decoderAdded(context: ChannelHandlerContext) { decoder.decoderAdded(context: context) }

    func decoderRemoved(context: ChannelHandlerContext) { decoder.decoderRemoved(context: context) }

    private func reason(for error: HTTPParserError) -> APIError {
        let isInBody = connection.isInRequest
        // Of a head that is too long only the start is here.
        if case .headerOverflow = error { return .headerTooLarge() }
        guard !isInBody, let head = trace.head else { return .unreadable(error, isInBody: isInBody) }
        if let flaw = head.withUnsafeReadableBytes({ HeadFlaw.find(in: $0) }) { return flaw }
        if case .invalidMethod = error { return .methodNotAllowed(RequestMethod.allNames) }
        return .unreadable(error, isInBody: false)
    }
}
