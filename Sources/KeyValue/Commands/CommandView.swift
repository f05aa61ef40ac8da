/// One encoded command, viewed in place. Layout, little-endian:
///
/// ```
/// offset  size
///      0     4  size of the whole command in bytes, this field included
///      4     1  kind (CommandKind)
///      5     1  flags: bits 0-1 condition (0 none, 1 absent, 2 revision, 3 present), bit 2 reportsExistence
///      6     1  value type (ValueType; 0 for delete)
///      7     1  size of the content type in bytes
///      8     8  revision of the condition, else 0
///     16     2  size of the key in bytes
///     18     2  size of the extension in bytes
///     20     4  size of the value in bytes
///     24        extension (CommandExtension), content type, key, value
/// ```
///
/// A group has the same size of header and other fields: `GroupHeader`. A view is valid as long as the bytes that it
/// was made from.
package struct CommandView {
    package static let headerBytes = 24
    /// The flags of puts and deletes.
    private static let knownFlags: UInt8 = 0b111

    package let kind: CommandKind
    package let condition: Condition
    /// The result says whether the key existed, which needs a read when the command is applied.
    package let reportsExistence: Bool
    package let valueType: ValueType
    package let contentType: UnsafeRawBufferPointer
    package let key: UnsafeRawBufferPointer
    package let value: UnsafeRawBufferPointer
    /// The operations of a group, which itself has no condition, key and value; nil for a put or a delete.
    package let operations: GroupOperations?
    /// Whether the operations of a group share one revision; false for a put or a delete.
    package let hasOneRevision: Bool
    /// Size of the whole encoded command.
    package let encodedBytes: Int

    /// Reads the command at the start of `bytes`, which may hold more bytes after it.
    package init(decoding bytes: UnsafeRawBufferPointer) throws(CodecError) {
        guard bytes.count >= Self.headerBytes else { throw CodecError("a command is cut off in its header") }
        let total = Int(bytes.littleEndian32(at: 0))
        guard total <= bytes.count else { throw CodecError("a command of \(total) bytes is cut off") }
        guard total >= Self.headerBytes else { throw CodecError("a command states \(total) bytes") }
        // What the other fields of a command of a later release mean is not known.
        guard let kind = CommandKind(rawValue: bytes[4]) else {
            throw CodecError("unknown command kind \(bytes[4])", isOfLaterRelease: true)
        }
        self.kind = kind
        encodedBytes = total
        if kind == .group {
            operations = try Self.decodeGroup(UnsafeRawBufferPointer(rebasing: bytes[..<total]))
            hasOneRevision = bytes[5] == GroupHeader.oneRevisionBit
            (condition, reportsExistence, valueType) = (.none, false, .bytes)
            contentType = UnsafeRawBufferPointer(rebasing: bytes[..<0])
            key = contentType
            value = contentType
            return
        }
        operations = nil
        hasOneRevision = false
        let contentTypeBytes = Int(bytes[7])
        let keyBytes = Int(bytes.littleEndian16(at: 16))
        let valueBytes = Int(bytes.littleEndian32(at: 20))
        let start = Self.headerBytes + Int(bytes.littleEndian16(at: 18))
        guard total == start + contentTypeBytes + keyBytes + valueBytes else {
            throw CodecError("a command states \(total) bytes, its parts make another sum")
        }
        if start > Self.headerBytes {
            try CommandExtension.check(UnsafeRawBufferPointer(rebasing: bytes[Self.headerBytes..<start]))
        }
        guard bytes[5] & ~Self.knownFlags == 0 else {
            throw CodecError("unknown flags \(bytes[5]) of a command", isOfLaterRelease: true)
        }
        guard (1...KeyValueLimits.keyBytesMax).contains(keyBytes) else {
            throw CodecError("a command's key has \(keyBytes) bytes")
        }
        guard valueBytes <= KeyValueLimits.valueBytesMax else {
            throw CodecError("a command's value has \(valueBytes) bytes")
        }
        if kind == .put {
            guard let type = ValueType(rawValue: bytes[6]) else {
                throw CodecError("unknown value type \(bytes[6])", isOfLaterRelease: true)
            }
            valueType = type
        } else {
            guard valueBytes == 0 else { throw CodecError("a delete command carries a value") }
            valueType = .bytes
        }
        switch bytes[5] & 0b11 {
        case 0: condition = .none
        case 1: condition = .absent
        case 2: condition = .revision(bytes.littleEndian64(at: 8))
        default: condition = .present
        }
        reportsExistence = bytes[5] & 0b100 != 0
        let contentTypeEnd = start + contentTypeBytes
        contentType = UnsafeRawBufferPointer(rebasing: bytes[start..<contentTypeEnd])
        key = UnsafeRawBufferPointer(rebasing: bytes[contentTypeEnd..<(contentTypeEnd + keyBytes)])
        value = UnsafeRawBufferPointer(rebasing: bytes[(contentTypeEnd + keyBytes)..<total])
    }

    /// 1, or the number of operations of a group.
    package var operationCount: Int { operations?.count ?? 1 }

    /// The number of commands that stand back to back in `bytes`, all of which are well-formed.
    package static func count(in bytes: UnsafeRawBufferPointer) throws(CodecError) -> Int {
        var offset = 0
        var count = 0
        while offset < bytes.count {
            offset += try CommandView(decoding: UnsafeRawBufferPointer(rebasing: bytes[offset...])).encodedBytes
            count += 1
        }
        return count
    }

    /// Decodes the operations of the group that `bytes` are. Fields that a group does not use must be 0.
    private static func decodeGroup(_ bytes: UnsafeRawBufferPointer) throws(CodecError) -> GroupOperations {
        let start = headerBytes + Int(bytes.littleEndian16(at: 16))
        guard bytes.count == start + Int(bytes.littleEndian32(at: 20)) else {
            throw CodecError("a command states \(bytes.count) bytes, its parts make another sum")
        }
        if start > headerBytes {
            try CommandExtension.check(UnsafeRawBufferPointer(rebasing: bytes[headerBytes..<start]))
        }
        guard bytes[5] & ~GroupHeader.oneRevisionBit == 0 else {
            throw CodecError("unknown flags \(bytes[5]) of a group", isOfLaterRelease: true)
        }
        guard bytes.littleEndian16(at: 6) == 0, bytes.littleEndian64(at: 8) == 0 else {
            throw CodecError("a group has fields that it must not have")
        }
        let body = UnsafeRawBufferPointer(rebasing: bytes[start...])
        let count = Int(bytes.littleEndian16(at: 18))
        guard count >= 1, count <= KeyValueLimits.groupOperationsMax else {
            throw CodecError("a group of \(count) operations")
        }
        guard body.count <= KeyValueLimits.groupBytesMax else { throw CodecError("a group of \(body.count) bytes") }
        return try GroupOperations(checking: body, count: count)
    }
}
