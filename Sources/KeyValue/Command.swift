/// What a condition of a command asks of the record's current revision. Decided when the command is applied, on every
/// node alike.
package enum Condition: Hashable, Sendable {
    case none
    /// The key is absent: `If-None-Match: *` and `cas=0`.
    case absent
    /// The record's revision is this one: `cas=REV` and `If-Match: "REV"`.
    case revision(UInt64)
    /// The key exists: `If-Match: *`.
    case present
}

/// How the bytes of a value are meant.
package enum ValueType: UInt8, Sendable {
    /// JSON text, stored by `POST /store`.
    case json = 1
    /// Raw bytes, stored by `PUT /v1/kv/{key}`.
    case bytes = 2
}

/// The kinds of commands. The raw values are on disk and on the wire.
package enum CommandKind: UInt8, Sendable {
    case put = 1
    case delete = 2
    /// Several puts and deletes (`GroupHeader`).
    case group = 3
}

/// Limits on user data. One byte over any of them is refused before a command is made.
package enum KeyValueLimits {
    package static let keyBytesMax = 4 * 1024
    package static let valueBytesMax = 1024 * 1024
    package static let contentTypeBytesMax = 255
    /// Operations of one group.
    package static let groupOperationsMax = 10_000
    /// The operations of one group, encoded: one with the largest key and value makes a group, so that a group is no
    /// larger than the largest put.
    package static let groupBytesMax = OperationView.headerBytes + keyBytesMax + valueBytesMax
}

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
///     18     2  reserved, 0
///     20     4  size of the value in bytes
///     24        content type, key, value
/// ```
///
/// A group has the same frame and another meaning of its fields: `GroupHeader`. A view is valid as long as the bytes
/// that it was made from.
package struct CommandView {
    package static let headerBytes = 24

    package let kind: CommandKind
    package let condition: Condition
    /// The result says whether the key existed, which costs a read at apply.
    package let reportsExistence: Bool
    package let valueType: ValueType
    package let contentType: UnsafeRawBufferPointer
    package let key: UnsafeRawBufferPointer
    package let value: UnsafeRawBufferPointer
    /// Of a group, which has no condition, key and value of its own; nil for a put or a delete.
    package let operations: GroupOperations?
    /// Of a group: its operations have one revision together. Else false.
    package let hasOneRevision: Bool
    /// Size of the whole encoded command.
    package let encodedBytes: Int

    /// Reads the command at the start of `bytes`, which may hold more behind it.
    package init(decoding bytes: UnsafeRawBufferPointer) throws(CodecError) {
        guard bytes.count >= Self.headerBytes else { throw CodecError("a command is cut off in its header") }
        let total = Int(bytes.littleEndian32(at: 0))
        let contentTypeBytes = Int(bytes[7])
        let keyBytes = Int(bytes.littleEndian16(at: 16))
        let valueBytes = Int(bytes.littleEndian32(at: 20))
        guard total <= bytes.count else { throw CodecError("a command of \(total) bytes is cut off") }
        guard total == Self.headerBytes + contentTypeBytes + keyBytes + valueBytes else {
            throw CodecError("a command states \(total) bytes, its parts make another sum")
        }
        guard let kind = CommandKind(rawValue: bytes[4]) else { throw CodecError("unknown command kind \(bytes[4])") }
        self.kind = kind
        encodedBytes = total
        if kind == .group {
            let body = UnsafeRawBufferPointer(rebasing: bytes[Self.headerBytes..<total])
            operations = try Self.decodeGroup(bytes, body: body)
            hasOneRevision = bytes[5] == GroupHeader.oneRevisionBit
            (condition, reportsExistence, valueType) = (.none, false, .bytes)
            contentType = UnsafeRawBufferPointer(rebasing: body[..<0])
            key = contentType
            value = contentType
            return
        }
        operations = nil
        hasOneRevision = false
        guard (1...KeyValueLimits.keyBytesMax).contains(keyBytes) else {
            throw CodecError("a command's key has \(keyBytes) bytes")
        }
        guard valueBytes <= KeyValueLimits.valueBytesMax else {
            throw CodecError("a command's value has \(valueBytes) bytes")
        }
        if kind == .put {
            guard let type = ValueType(rawValue: bytes[6]) else { throw CodecError("unknown value type \(bytes[6])") }
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
        let contentTypeEnd = Self.headerBytes + contentTypeBytes
        contentType = UnsafeRawBufferPointer(rebasing: bytes[Self.headerBytes..<contentTypeEnd])
        key = UnsafeRawBufferPointer(rebasing: bytes[contentTypeEnd..<(contentTypeEnd + keyBytes)])
        value = UnsafeRawBufferPointer(rebasing: bytes[(contentTypeEnd + keyBytes)..<total])
    }

    /// 1, or the operations of a group.
    package var operationCount: Int { operations?.count ?? 1 }

    /// The operations of the group whose header starts `bytes`. Nothing that a group has no use for may be set.
    private static func decodeGroup(
        _ bytes: UnsafeRawBufferPointer, body: UnsafeRawBufferPointer
    ) throws(CodecError) -> GroupOperations {
        guard bytes[5] & ~GroupHeader.oneRevisionBit == 0, bytes.littleEndian16(at: 6) == 0,
            bytes.littleEndian64(at: 8) == 0, bytes.littleEndian16(at: 16) == 0
        else { throw CodecError("a group has fields that it must not have") }
        let count = Int(bytes.littleEndian16(at: 18))
        guard count >= 1, count <= KeyValueLimits.groupOperationsMax else {
            throw CodecError("a group of \(count) operations")
        }
        guard body.count <= KeyValueLimits.groupBytesMax else { throw CodecError("a group of \(body.count) bytes") }
        return try GroupOperations(checking: body, count: count)
    }
}

/// The fixed part of a command, from which its header is encoded.
package struct CommandHeader: Hashable, Sendable {
    package var kind: CommandKind
    package var condition: Condition
    package var reportsExistence: Bool
    package var valueType: ValueType
    package var contentTypeBytes: Int
    package var keyBytes: Int
    package var valueBytes: Int

    /// Preconditions: the sizes are within `KeyValueLimits`, the key is not empty, a delete has no value.
    package init(
        kind: CommandKind, condition: Condition = .none, reportsExistence: Bool = false, valueType: ValueType = .bytes,
        contentTypeBytes: Int = 0, keyBytes: Int, valueBytes: Int = 0
    ) {
        precondition(kind != .group, "a group has a header of its own")
        precondition(keyBytes > 0, "a command needs a key")
        precondition(keyBytes <= KeyValueLimits.keyBytesMax, "a key of \(keyBytes) bytes passed the limit check")
        precondition(
            valueBytes <= KeyValueLimits.valueBytesMax, "a value of \(valueBytes) bytes passed the limit check")
        precondition(contentTypeBytes <= KeyValueLimits.contentTypeBytesMax, "a content type is too long")
        precondition(kind == .put || valueBytes == 0, "a delete command carries a value")
        self.kind = kind
        self.condition = condition
        self.reportsExistence = reportsExistence
        self.valueType = valueType
        self.contentTypeBytes = contentTypeBytes
        self.keyBytes = keyBytes
        self.valueBytes = valueBytes
    }

    /// Size of the whole command with its content type, key and value.
    package var encodedBytes: Int { CommandView.headerBytes + contentTypeBytes + keyBytes + valueBytes }

    /// Writes the header's `CommandView.headerBytes` bytes to the start of `target`. Content type, key and value
    /// follow, by the caller.
    package func encode(into target: UnsafeMutableRawBufferPointer) {
        let conditionBits: UInt8
        let conditionRevision: UInt64
        switch condition {
        case .none: (conditionBits, conditionRevision) = (0, 0)
        case .absent: (conditionBits, conditionRevision) = (1, 0)
        case .revision(let revision): (conditionBits, conditionRevision) = (2, revision)
        case .present: (conditionBits, conditionRevision) = (3, 0)
        }
        target.storeLittleEndian(UInt32(encodedBytes), at: 0)
        target[4] = kind.rawValue
        target[5] = conditionBits | (reportsExistence ? 0b100 : 0)
        target[6] = kind == .put ? valueType.rawValue : 0
        target[7] = UInt8(contentTypeBytes)
        target.storeLittleEndian(conditionRevision, at: 8)
        target.storeLittleEndian(UInt16(keyBytes), at: 16)
        target.storeLittleEndian(UInt16(0), at: 18)
        target.storeLittleEndian(UInt32(valueBytes), at: 20)
    }
}

/// What applying one command did. The same on every node that applies it.
package struct CommandResult: Hashable, Sendable {
    package enum Status: UInt8, Sendable {
        case applied = 1
        case preconditionFailed = 2
    }

    package var status: Status
    /// Whether the key existed before. Meaningful only if the command had a condition or `reportsExistence`.
    package var existed: Bool
    /// Applied: the revision of this change, of the last one of a group, or of the store if nothing changed (a delete
    /// that found nothing).
    /// Precondition failed: the record's current revision, 0 if absent.
    package var revision: UInt64

    package init(status: Status, existed: Bool, revision: UInt64) {
        self.status = status
        self.existed = existed
        self.revision = revision
    }
}
