/// The fields of a command's header, to be encoded.
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

    /// Writes the header, `CommandView.headerBytes` bytes, to the start of `target`. The caller writes content type,
    /// key and value after it.
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
