package import KeyValue
package import NIOCore

/// A part of the state, by its keys as the state machine stores and orders them: from `start`, included, to `end`, not
/// included. Also the payload of a comparison entry. Layout, little-endian:
///
/// ```
/// 1  format of the digest, 1   2 size of start, 2 size of end   start   end
/// ```
package struct KeyRange: Hashable, Sendable {
    /// Empty: from the first key of all, which is one of the store's own records.
    package var start: [UInt8]
    /// Empty: through the last key of all.
    package var end: [UInt8]

    package static let all = KeyRange()

    /// A stored key is a user's key and a byte.
    package static let boundBytesMax = KeyValueLimits.keyBytesMax + 1
    /// What the digests of a comparison are made by. Another rule for them needs another number, so that no node takes
    /// a release for a difference of data.
    private static let format: UInt8 = 1

    package init(start: [UInt8] = [], end: [UInt8] = []) {
        self.start = start
        self.end = end
    }

    func encode(into buffer: inout ByteBuffer) {
        precondition(max(start.count, end.count) <= Self.boundBytesMax, "a bound of a range is longer than any key")
        buffer.writeInteger(Self.format)
        buffer.writeMultipleIntegers(UInt16(start.count), UInt16(end.count), endianness: .little)
        buffer.writeBytes(start)
        buffer.writeBytes(end)
    }

    /// Reads the range at the start of `buffer`.
    init(decoding buffer: inout ByteBuffer) throws(CodecError) {
        guard buffer.readInteger(as: UInt8.self) == Self.format else {
            throw CodecError("a comparison has an unknown format")
        }
        guard let (startBytes, endBytes) = buffer.readMultipleIntegers(endianness: .little, as: (UInt16, UInt16).self),
            max(startBytes, endBytes) <= Self.boundBytesMax, let start = buffer.readBytes(length: Int(startBytes)),
            let end = buffer.readBytes(length: Int(endBytes))
        else { throw CodecError("the range of a comparison is cut off or has a bound longer than any key") }
        guard end.isEmpty || start.lexicographicallyPrecedes(end) else {
            throw CodecError("the range of a comparison ends before it starts")
        }
        self.init(start: start, end: end)
    }

    /// The whole payload of a comparison entry.
    package var payload: ByteBuffer {
        var buffer = ByteBuffer()
        encode(into: &buffer)
        return buffer
    }

    package init(payload: ByteBuffer) throws(CodecError) {
        var buffer = payload
        try self.init(decoding: &buffer)
        guard buffer.readableBytes == 0 else { throw CodecError("a comparison has bytes after its end") }
    }
}
