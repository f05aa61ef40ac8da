internal import Bytes
internal import HotPath
internal import KeyValue
internal import NIOCore

/// One frame as it arrived. Layout, little-endian:
///
/// ```
/// offset  size
///      0     8  XXH64 of everything after this field; of an AppendEntriesRequest up to the end of its message part
///      8     4  size of the frame in bytes, header included
///     12     1  kind (FrameKind)
///     13     3  reserved, 0
///     16     8  sequence: frames that this side sent on this connection before this one
///     24        body
/// ```
struct Frame {
    static let headerBytes = 24
    private static let checksumBytes = 8
    private static let lengthOffset = 8
    private static let kindOffset = 12
    private static let sequenceOffset = 16

    let kind: FrameKind
    /// Shares storage with the bytes that were read.
    var body: ByteBuffer

    /// The size of the frame whose header starts at the reader index of `buffer`, which holds a whole header. Nothing
    /// else of it is checked yet.
    static func statedBytes(in buffer: ByteBuffer, frameBytesMax: Int) throws(CodecError) -> Int {
        let offset = buffer.readerIndex + lengthOffset
        guard let stated = buffer.getInteger(at: offset, endianness: .little, as: UInt32.self) else {
            throw CodecError("the header of a frame is cut off")
        }
        guard (headerBytes...frameBytesMax).contains(Int(stated)) else {
            throw CodecError("a frame states \(stated) bytes where \(headerBytes) to \(frameBytesMax) are allowed")
        }
        return Int(stated)
    }

    /// Opens one whole frame, of the size that its header states.
    init(decoding bytes: ByteBuffer, sequence: UInt64) throws(CodecError) {
        let start = bytes.readerIndex
        guard let checksum = bytes.getInteger(at: start, endianness: .little, as: UInt64.self),
            let rawKind = bytes.getInteger(at: start + Self.kindOffset, as: UInt8.self),
            let statedSequence = bytes.getInteger(
                at: start + Self.sequenceOffset, endianness: .little, as: UInt64.self),
            let body = bytes.getSlice(at: start + Self.headerBytes, length: bytes.readableBytes - Self.headerBytes)
        else { throw CodecError("the header of a frame is cut off") }
        // An unknown kind is covered whole, so that damage is not mistaken for a newer kind.
        let kind = FrameKind(rawValue: rawKind)
        let covered = min(body.readableBytes, kind?.checksummedBodyBytesMax ?? .max)
        guard checksum == Self.checksum(of: bytes, from: start, coveredBodyBytes: covered) else {
            throw CodecError("the checksum of a frame is wrong")
        }
        guard let kind else { throw CodecError("unknown frame kind \(rawKind)") }
        for offset in (Self.kindOffset + 1)..<Self.sequenceOffset {
            guard bytes.getInteger(at: start + offset, as: UInt8.self) == 0 else {
                throw CodecError("a reserved byte of a frame is set")
            }
        }
        guard statedSequence == sequence else {
            throw CodecError("frame \(statedSequence) arrived where frame \(sequence) was due")
        }
        self.kind = kind
        self.body = body
    }

    /// Appends a frame to `buffer`; `writeBody` appends its body and nothing else.
    static func write(
        _ kind: FrameKind, sequence: UInt64, to buffer: inout ByteBuffer, writeBody: (inout ByteBuffer) -> Void
    ) {
        let start = buffer.writerIndex
        buffer.writeMultipleIntegers(UInt64(0), UInt32(0), UInt32(kind.rawValue), sequence, endianness: .little)
        writeBody(&buffer)
        let length = buffer.writerIndex - start
        precondition(
            length <= ReplicaLimits.peerFrameBytesMax, "a frame of \(length) bytes is larger than peers accept")
        buffer.setInteger(UInt32(length), at: start + lengthOffset, endianness: .little)
        let covered = min(length - headerBytes, kind.checksummedBodyBytesMax)
        let checksum = checksum(of: buffer, from: start, coveredBodyBytes: covered)
        buffer.setInteger(checksum, at: start, endianness: .little)
    }

    private static func checksum(of buffer: ByteBuffer, from start: Int, coveredBodyBytes: Int) -> UInt64 {
        buffer.withUnsafeReadableBytes { bytes in
            let first = start - buffer.readerIndex + checksumBytes
            let end = start - buffer.readerIndex + headerBytes + coveredBodyBytes
            return XXH64.hash(UnsafeRawBufferPointer(rebasing: bytes[first..<end]))
        }
    }
}
