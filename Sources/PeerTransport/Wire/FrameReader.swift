internal import HotPath
internal import KeyValue
internal import NIOCore

/// Cuts the bytes of one connection into its preamble and frames.
///
/// A frame that lies whole within one read is opened in place. One that spans reads is gathered in a separate buffer
/// size, allocated when its header has arrived and its stated size passed the limit. After an error the reader is of no
/// more use: the stream has no place to start again from.
struct FrameReader {
    /// The largest frame that is accepted. Raised when the connection becomes a link.
    var frameBytesMax = TransportLimits.handshakeFrameBytesMax
    /// Bytes that were read and that nobody has taken yet.
    private var incoming = ByteBuffer()
    /// The beginning of a frame that does not fit one read.
    private var gathered = ByteBuffer()
    private var sequence: UInt64 = 0

    /// Takes the bytes of one read, which follow those of the reads before. Call `nextPreamble` or `nextFrame` until
    /// they return nil before the next, unless that comes in the middle of this.
    mutating func append(_ bytes: ByteBuffer) {
        if incoming.readableBytes == 0 {
            incoming = bytes
        } else {
            incoming.writeImmutableBuffer(bytes)
        }
    }

    /// The peer's preamble, or nil if it has not arrived whole.
    mutating func nextPreamble() throws(CodecError) -> Preamble? {
        guard gather(Preamble.bytes) else { return nil }
        var bytes = gathered
        gathered = ByteBuffer()
        return try Preamble(decoding: &bytes)
    }

    /// The next frame, checked but for its body, or nil if it has not arrived whole.
    mutating func nextFrame() throws(CodecError) -> Frame? {
        guard let bytes = try wholeFrame() else { return nil }
        let frame = try Frame(decoding: bytes, sequence: sequence)
        sequence += 1
        return frame
    }

    private mutating func wholeFrame() throws(CodecError) -> ByteBuffer? {
        if gathered.readableBytes == 0, incoming.readableBytes >= Frame.headerBytes {
            let stated = try Frame.statedBytes(in: incoming, frameBytesMax: frameBytesMax)
            if let whole = incoming.readSlice(length: stated) {
                releaseIfEmpty()
                return whole
            }
            gathered = ByteBufferAllocator().buffer(capacity: stated)
        }
        guard gather(Frame.headerBytes) else { return nil }
        let stated = try Frame.statedBytes(in: gathered, frameBytesMax: frameBytesMax)
        gathered.reserveCapacity(stated)
        guard gather(stated) else { return nil }
        let whole = gathered
        gathered = ByteBuffer()
        return whole
    }

    /// Moves bytes until `gathered` holds `count`; false if too few have arrived.
    private mutating func gather(_ count: Int) -> Bool {
        let missing = min(count - gathered.readableBytes, incoming.readableBytes)
        if missing > 0, var part = incoming.readSlice(length: missing) {
            gathered.writeBuffer(&part)
            releaseIfEmpty()
        }
        return gathered.readableBytes >= count
    }

    /// Lets go of a buffer that was read to its end, so that its storage lives only as long as the frames in it.
    private mutating func releaseIfEmpty() {
        if incoming.readableBytes == 0 { incoming = ByteBuffer() }
    }
}
