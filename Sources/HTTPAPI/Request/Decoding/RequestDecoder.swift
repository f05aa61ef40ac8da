internal import NIOCore
internal import NIOHTTP1

/// NIO's request decoder, for requests that are not plain. It reports to the connection when bytes arrive, so that a
/// header that comes too slowly is noticed, and gives them to the decoder part by part, so that a refusal names its
/// reason and comes before the decoder waits for what will not be taken.
struct RequestDecoder: ByteToMessageDecoder {
    typealias InboundOut = HTTPServerRequestPart

    /// The decoder did not take its input, for this reason.
    struct Refusal: Error { let reason: APIError }

    private let decoder: HTTPRequestDecoder
    private let connection: HTTPConnection
    private var trace = MessageTrace()
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
        connection.bytesReachDecoder()
        while buffer.readableBytes > seenBytes {
            let taken = buffer.withUnsafeReadableBytes {
                trace.take(UnsafeRawBufferPointer(rebasing: $0[seenBytes...]))
            }
            try refuseBeforehand()
            try decodePart(context: context, buffer: &buffer, bytes: seenBytes + taken)
            if trace.isHeadTooLong { throw Refusal(reason: .headerTooLarge()) }
            trace.partWasDecoded()
        }
        return .needMoreData
    }

    /// What the decoder would let pass, or wait for.
    private func refuseBeforehand() throws(Refusal) {
        if trace.hasSpacesToSpare { throw Refusal(reason: flawOfHead ?? .badFirstLine()) }
        if trace.announcesTooLargeBody { throw Refusal(reason: connection.bodyTooLarge) }
        if trace.isChunkLineTooLong { throw Refusal(reason: .chunkLineTooLong()) }
    }

    /// Gives the first bytes of `buffer` to the decoder, which may leave some of them for the next time.
    private mutating func decodePart(
        context: ChannelHandlerContext, buffer: inout ByteBuffer, bytes: Int
    ) throws {
        guard var part = buffer.getSlice(at: buffer.readerIndex, length: bytes) else {
            preconditionFailure("a part of a message is larger than what has arrived")
        }
        do {
            _ = try decoder.decode(context: context, buffer: &part)
        } catch let error as HTTPParserError {
            throw Refusal(reason: reason(for: error))
        }
        seenBytes = part.readableBytes
        buffer.moveReaderIndex(forwardBy: bytes - seenBytes)
    }

    mutating func decodeLast(
        context: ChannelHandlerContext, buffer: inout ByteBuffer, seenEOF: Bool
    ) throws -> DecodingState {
        if buffer.readableBytes > seenBytes { _ = try decode(context: context, buffer: &buffer) }
        return try decoder.decodeLast(context: context, buffer: &buffer, seenEOF: seenEOF)
    }

    func decoderAdded(context: ChannelHandlerContext) { decoder.decoderAdded(context: context) }

    func decoderRemoved(context: ChannelHandlerContext) { decoder.decoderRemoved(context: context) }

    private func reason(for error: HTTPParserError) -> APIError {
        let isInBody = connection.isInRequest
        // Of a head that is too long only the start is here.
        if case .headerOverflow = error { return .headerTooLarge() }
        guard !isInBody else { return .unreadable(error, isInBody: true) }
        if let flaw = flawOfHead { return flaw }
        if case .invalidMethod = error { return .methodNotAllowed(RequestMethod.allNames) }
        return .unreadable(error, isInBody: false)
    }

    /// Nil if there is none, or no head.
    private var flawOfHead: APIError? { trace.head?.withUnsafeReadableBytes { HeadFlaw.find(in: $0) } }
}
