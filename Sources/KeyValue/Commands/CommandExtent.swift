/// The part of a command's header that says where the next command starts and how many operations this one holds. For
/// walks over commands that come from this process or were checked before.
package struct CommandExtent: Hashable, Sendable {
    /// Bytes of a command that must be available.
    package static let bytesNeeded = CommandView.headerBytes

    /// Size of the whole command.
    package let encodedBytes: Int
    /// 1, or the number of operations of a group.
    package let operationCount: Int
    /// What a node must know to apply the command. The highest of all for a kind that this release does not know.
    package let featureLevel: UInt8

    /// Nil if the bytes hold less than a header, or a header that states a size smaller than itself.
    package init?(at offset: Int, of bytes: UnsafeRawBufferPointer) {
        guard offset >= 0, offset <= bytes.count - Self.bytesNeeded else { return nil }
        encodedBytes = Int(bytes.littleEndian32(at: offset))
        let kind = CommandKind(rawValue: bytes[offset + 4])
        operationCount = kind == .group ? Int(bytes.littleEndian16(at: offset + 18)) : 1
        featureLevel = kind?.featureLevel ?? .max
        guard encodedBytes >= Self.bytesNeeded else { return nil }
    }

    /// The highest feature level of the commands that stand back to back in `bytes`, up to the first malformed one.
    package static func featureLevel(of bytes: UnsafeRawBufferPointer) -> UInt8 {
        var level: UInt8 = 0
        var offset = 0
        while let extent = CommandExtent(at: offset, of: bytes) {
            level = max(level, extent.featureLevel)
            offset += extent.encodedBytes
        }
        return level
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
