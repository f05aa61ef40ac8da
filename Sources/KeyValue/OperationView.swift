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
/// There is no room for more: an operation with further fields is one of another kind, which this release does not
/// know.
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

    /// Reads the operation at the start of `bytes`, which may hold more bytes after it.
    package init(decoding bytes: UnsafeRawBufferPointer) throws(CodecError) {
        guard bytes.count >= Self.headerBytes else { throw CodecError("an operation is cut off in its header") }
        guard let kind = CommandKind(rawValue: bytes[0]), kind != .group else {
            throw CodecError("unknown kind of operation \(bytes[0])", isOfLaterRelease: true)
        }
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
        self.kind = kind
        if kind == .put {
            guard let type = ValueType(rawValue: bytes[1]) else {
                throw CodecError("unknown value type \(bytes[1])", isOfLaterRelease: true)
            }
            valueType = type
        } else {
            guard valueBytes == 0, bytes[1] == 0 else { throw CodecError("a delete operation carries a value") }
            valueType = .bytes
        }
        key = UnsafeRawBufferPointer(rebasing: bytes[Self.headerBytes..<keyEnd])
        value = UnsafeRawBufferPointer(rebasing: bytes[keyEnd..<(keyEnd + valueBytes)])
    }

    /// Writes the header of an operation, `headerBytes` bytes, to the start of `target`. The caller writes key and
    /// value after it. Preconditions: the sizes are within `KeyValueLimits`, the key is not empty, a delete has no
    /// value type and no value.
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
