/// One encoded value record, viewed in place: the value that the column family `kv` stores under a user's key. Layout,
/// little-endian:
///
/// ```
/// offset  size
///      0     1  format, 1
///      1     1  value type (ValueType)
///      2     1  size of the content type in bytes
///      3     1  flags, bit 0: a deadline follows the revision; the others 0
///      4     8  revision of the last change
///    [12     8  deadline, milliseconds of cluster time, only with flag bit 0]
///               content type, value
/// ```
///
/// Each further flag will add a field after the deadline, in the order of the bits. A reader that does not know a
/// flag does not know where the content type begins, so it refuses the record.
package struct RecordView {
    package let valueType: ValueType
    package let revision: UInt64
    /// In cluster time, which is the same on all nodes and has nothing to do with their clocks: it passes only as
    /// entries of the log say so (`AppliedRecord` in `Storage`).
    package let deadlineMilliseconds: UInt64?
    package let contentType: UnsafeRawBufferPointer
    package let value: UnsafeRawBufferPointer

    package init(decoding bytes: UnsafeRawBufferPointer) throws(CodecError) {
        guard bytes.count >= RecordHeader.bytesMin else { throw CodecError("a record is cut off in its header") }
        guard bytes[0] == RecordHeader.format else { throw CodecError("unknown record format \(bytes[0])") }
        guard let type = ValueType(rawValue: bytes[1]) else { throw CodecError("unknown value type \(bytes[1])") }
        let hasDeadline = bytes[3] & 1 != 0
        guard bytes[3] & ~1 == 0 else {
            throw CodecError("unknown record flags \(bytes[3])", isOfLaterRelease: true)
        }
        let contentTypeStart = RecordHeader.bytesMin + (hasDeadline ? 8 : 0)
        let valueStart = contentTypeStart + Int(bytes[2])
        guard bytes.count >= valueStart else { throw CodecError("a record is cut off") }
        valueType = type
        revision = bytes.littleEndian64(at: 4)
        deadlineMilliseconds = hasDeadline ? bytes.littleEndian64(at: 12) : nil
        contentType = UnsafeRawBufferPointer(rebasing: bytes[contentTypeStart..<valueStart])
        value = UnsafeRawBufferPointer(rebasing: bytes[valueStart...])
    }

    /// The revision of an encoded record, without looking at the rest.
    package static func revision(of bytes: UnsafeRawBufferPointer) throws(CodecError) -> UInt64 {
        guard bytes.count >= RecordHeader.bytesMin else { throw CodecError("a record is cut off in its header") }
        guard bytes[0] == RecordHeader.format else { throw CodecError("unknown record format \(bytes[0])") }
        return bytes.littleEndian64(at: 4)
    }
}
