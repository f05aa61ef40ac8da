/// The part of a command's header that says where the next command starts and how many operations this one holds. For
/// walks over commands that come from this process or were checked before.
package struct CommandExtent: Hashable, Sendable {
    /// Bytes of a command that must be available.
    package static let bytesNeeded = CommandView.headerBytes

    /// Size of the whole command.
    package let encodedBytes: Int
    /// 1, or the number of operations of a group.
    package let operationCount: Int

    /// Nil if the bytes hold less than a header, or a header that states a size smaller than itself.
    package init?(at offset: Int, of bytes: UnsafeRawBufferPointer) {
        guard offset >= 0, offset <= bytes.count - Self.bytesNeeded else { return nil }
        encodedBytes = Int(bytes.littleEndian32(at: offset))
        operationCount =
            bytes[offset + 4] == CommandKind.group.rawValue ? Int(bytes.littleEndian16(at: offset + 18)) : 1
        guard encodedBytes >= Self.bytesNeeded else { return nil }
    }

    /// The number of operations of all commands that stand back to back in `bytes`, up to the first malformed one.
    package static func operationCount(in bytes: UnsafeRawBufferPointer) -> Int {
        var count = 0
        var offset = 0
        while let extent = CommandExtent(at: offset, of: bytes) {
            count += extent.operationCount
            offset += extent.encodedBytes
        }
        return count
    }
}
