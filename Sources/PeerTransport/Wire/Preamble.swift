internal import KeyValue
internal import NIOCore

/// The first bytes that each side sends, outside any frame, so that every version can read those of every other:
///
/// ```
/// offset  size
///      0     6  "SKIFFP"
///      6     2  protocol version, little-endian
/// ```
struct Preamble: Equatable {
    static let bytes = 8
    /// The version of everything after the preamble.
    static let currentVersion: UInt16 = 3
    private static let magic: [UInt8] = [0x53, 0x4B, 0x49, 0x46, 0x46, 0x50]

    var version: UInt16

    init(version: UInt16 = currentVersion) { self.version = version }

    init(decoding buffer: inout ByteBuffer) throws(CodecError) {
        guard let magic = buffer.readBytes(length: Self.magic.count), magic == Self.magic,
            let version = buffer.readInteger(endianness: .little, as: UInt16.self)
        else { throw CodecError("what connected is no Skiff node: its first bytes are not those of a peer") }
        self.version = version
    }

    func write(to buffer: inout ByteBuffer) {
        buffer.writeBytes(Self.magic)
        buffer.writeInteger(version, endianness: .little)
    }
}
