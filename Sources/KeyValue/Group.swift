/// One operation of a group, viewed in place. Layout, little-endian:
///
/// ```
/// offset  size
///      0     1  kind: 1 put, 2 delete (CommandKind)
///      1     1  value type (ValueType; 0 for delete)
///      2     2  size of the key in bytes
///      4     4  size of the value in bytes
///      8        key, value
/// ```
///
/// A view is valid as long as the bytes that it was made from.
package struct OperationView {
    package static let headerBytes = 8

    /// `put` or `delete`.
    package let kind: CommandKind
    package let valueType: ValueType
    package let key: UnsafeRawBufferPointer
    package let value: UnsafeRawBufferPointer

    package var encodedBytes: Int { Self.headerBytes + key.count + value.count }

    /// Reads the operation at the start of `bytes`, which may hold more behind it.
    package init(decoding bytes: UnsafeRawBufferPointer) throws(CodecError) {
        guard bytes.count >= Self.headerBytes else { throw CodecError("an operation is cut off in its header") }
        let keyBytes = Int(bytes.littleEndian16(at: 2))
        let valueBytes = Int(bytes.littleEndian32(at: 4))
        guard keyBytes >= 1, keyBytes <= KeyValueLimits.keyBytesMax else {
            throw CodecError("an operation's key has \(keyBytes) bytes")
        }
        guard valueBytes <= KeyValueLimits.valueBytesMax else {
            throw CodecError("an operation's value has \(valueBytes) bytes")
        }
        let keyEnd = Self.headerBytes + keyBytes
        guard keyEnd + valueBytes <= bytes.count else { throw CodecError("an operation is cut off") }
        switch bytes[0] {
        case CommandKind.put.rawValue:
            guard let type = ValueType(rawValue: bytes[1]) else { throw CodecError("unknown value type \(bytes[1])") }
            (kind, valueType) = (.put, type)
        case CommandKind.delete.rawValue:
            guard valueBytes == 0, bytes[1] == 0 else { throw CodecError("a delete operation carries a value") }
            (kind, valueType) = (.delete, .bytes)
        default:
            throw CodecError("unknown kind of operation \(bytes[0])")
        }
        key = UnsafeRawBufferPointer(rebasing: bytes[Self.headerBytes..<keyEnd])
        value = UnsafeRawBufferPointer(rebasing: bytes[keyEnd..<(keyEnd + valueBytes)])
    }

    /// Writes the header of an operation, `headerBytes` bytes, to the start of `target`. Key and value follow, by the
    /// caller. Preconditions: the sizes are within `KeyValueLimits`, the key is not empty, a delete has no value type
    /// and no value.
    package static func encodeHeader(
        _ kind: CommandKind, _ valueType: ValueType?, keyBytes: Int, valueBytes: Int,
        into target: UnsafeMutableRawBufferPointer
    ) {
        precondition(keyBytes > 0, "an operation needs a key")
        precondition(keyBytes <= KeyValueLimits.keyBytesMax, "a key of \(keyBytes) bytes passed the limit check")
        precondition(
            valueBytes <= KeyValueLimits.valueBytesMax, "a value of \(valueBytes) bytes passed the limit check")
        precondition(kind != .group, "a group is no operation")
        precondition((kind == .put) == (valueType != nil), "a put has a value, a delete has none")
        precondition(kind == .put || valueBytes == 0, "a delete operation carries a value")
        target[0] = kind.rawValue
        target[1] = valueType?.rawValue ?? 0
        target.storeLittleEndian(UInt16(keyBytes), at: 2)
        target.storeLittleEndian(UInt32(valueBytes), at: 4)
    }
}

/// The fixed part of a group: a command that carries several puts and deletes, without conditions, which are applied
/// together or not at all. Layout, little-endian, in the frame of all commands (`CommandView`):
///
/// ```
/// offset  size
///      0     4  size of the whole command in bytes, this field included
///      4     1  kind, 3
///      5     1  flags: bit 3 oneRevision; the others 0
///      6    12  0
///     18     2  number of operations
///     20     4  size of the operations in bytes
///     24        operations back to back (OperationView)
/// ```
package struct GroupHeader: Hashable, Sendable {
    static let oneRevisionBit: UInt8 = 0b1000

    /// All operations together make one revision; else each makes its own, in their order.
    package var hasOneRevision: Bool
    package var operationCount: Int
    package var operationsBytes: Int

    /// Preconditions: the group is not empty and within `KeyValueLimits`.
    package init(hasOneRevision: Bool, operationCount: Int, operationsBytes: Int) {
        precondition(operationCount > 0, "a group needs an operation")
        precondition(
            operationCount <= KeyValueLimits.groupOperationsMax,
            "a group of \(operationCount) operations passed the limit check")
        precondition(
            operationsBytes <= KeyValueLimits.groupBytesMax,
            "a group of \(operationsBytes) bytes passed the limit check")
        self.hasOneRevision = hasOneRevision
        self.operationCount = operationCount
        self.operationsBytes = operationsBytes
    }

    /// Size of the whole command with its operations.
    package var encodedBytes: Int { CommandView.headerBytes + operationsBytes }

    /// Writes the header's `CommandView.headerBytes` bytes to the start of `target`. The operations follow, by the
    /// caller.
    package func encode(into target: UnsafeMutableRawBufferPointer) {
        target.storeLittleEndian(UInt32(encodedBytes), at: 0)
        target[4] = CommandKind.group.rawValue
        target[5] = hasOneRevision ? Self.oneRevisionBit : 0
        target.storeLittleEndian(UInt16(0), at: 6)
        target.storeLittleEndian(UInt64(0), at: 8)
        target.storeLittleEndian(UInt16(0), at: 16)
        target.storeLittleEndian(UInt16(operationCount), at: 18)
        target.storeLittleEndian(UInt32(operationsBytes), at: 20)
    }
}

/// The operations of a group whose encoding was checked, in order, viewed in place.
package struct GroupOperations: Sequence, IteratorProtocol {
    private var rest: UnsafeRawBufferPointer
    /// How many there were at first.
    package let count: Int

    /// Checks that `bytes` are `count` well-formed operations and nothing else.
    init(checking bytes: UnsafeRawBufferPointer, count: Int) throws(CodecError) {
        var unread = bytes
        for _ in 0..<count {
            let operation = try OperationView(decoding: unread)
            unread = UnsafeRawBufferPointer(rebasing: unread[operation.encodedBytes...])
        }
        guard unread.isEmpty else { throw CodecError("a group has bytes behind its last operation") }
        rest = bytes
        self.count = count
    }

    package mutating func next() -> OperationView? {
        if rest.isEmpty { return nil }
        do throws(CodecError) {
            let operation = try OperationView(decoding: rest)
            rest = UnsafeRawBufferPointer(rebasing: rest[operation.encodedBytes...])
            return operation
        } catch {
            preconditionFailure("a group that was checked is unreadable: \(error)")
        }
    }
}

/// The part of a command's header that says where the next one starts and how much work this one is. For walks over
/// commands that come from this process or were checked before.
package struct CommandExtent: Hashable, Sendable {
    /// How many bytes of a command must be at hand.
    package static let bytesNeeded = CommandView.headerBytes

    /// Size of the whole command.
    package let encodedBytes: Int
    /// 1, or the operations of a group.
    package let operationCount: Int

    /// Nil if the bytes hold less than the header of a command, or one that states less than its header.
    package init?(at offset: Int, of bytes: UnsafeRawBufferPointer) {
        guard offset >= 0, offset <= bytes.count - Self.bytesNeeded else { return nil }
        encodedBytes = Int(bytes.littleEndian32(at: offset))
        operationCount =
            bytes[offset + 4] == CommandKind.group.rawValue ? Int(bytes.littleEndian16(at: offset + 18)) : 1
        guard encodedBytes >= Self.bytesNeeded else { return nil }
    }

    /// The operations of all commands that stand back to back in `bytes`, up to the first that makes no sense.
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
