internal import Bytes
internal import KeyValue

/// The form of the store's own records, which all begin with a checksum. Layout, little-endian:
///
/// ```
/// offset  size
///      0     8  XXH64 of everything after this field
///      8     1  format: 1, or 2 of the applied record
///      9        body
/// ```
enum SystemRecord {
    static let format: UInt8 = 1
    static let headerBytes = 9

    static func encode(body: [UInt8]) -> [UInt8] {
        var record = [UInt8](repeating: 0, count: 8)
        record.append(format)
        record += body
        record.withUnsafeMutableBytes { seal($0) }
        return record
    }

    /// Writes format and checksum of a record whose body is complete.
    static func seal(_ record: UnsafeMutableRawBufferPointer, format: UInt8 = Self.format) {
        record[8] = format
        record.storeLittleEndian(checksum(of: UnsafeRawBufferPointer(record)), at: 0)
    }

    /// The body of a record, viewed in place.
    static func body(
        of record: UnsafeRawBufferPointer, format: UInt8 = Self.format
    ) throws(CodecError) -> UnsafeRawBufferPointer {
        guard record.count >= headerBytes else { throw CodecError("it is cut off") }
        guard record.littleEndian64(at: 0) == checksum(of: record) else { throw CodecError("its checksum is wrong") }
        guard record[8] == format else {
            throw CodecError("its format \(record[8]) is unknown", isOfLaterRelease: record[8] > format)
        }
        return UnsafeRawBufferPointer(rebasing: record[headerBytes...])
    }

    private static func checksum(of record: UnsafeRawBufferPointer) -> UInt64 {
        XXH64.hash(UnsafeRawBufferPointer(rebasing: record[8...]))
    }
}

// MARK: Parts of a body

extension [UInt8] {
    mutating func appendLittleEndian<Integer: FixedWidthInteger>(_ value: Integer) {
        Swift.withUnsafeBytes(of: value.littleEndian) { append(contentsOf: $0) }
    }

    mutating func appendString(_ string: String) {
        precondition(string.utf8.count <= UInt16.max, "a string of \(string.utf8.count) bytes passed the limit check")
        appendLittleEndian(UInt16(string.utf8.count))
        append(contentsOf: string.utf8)
    }
}

extension UnsafeRawBufferPointer {
    /// A string, preceded by its size in 2 bytes, that ends where the buffer ends.
    func string(at offset: Int) throws(CodecError) -> String {
        guard count >= offset + 2, count == offset + 2 + Int(littleEndian16(at: offset)) else {
            throw CodecError("a string in it is cut off")
        }
        guard let string = String(validating: self[(offset + 2)...], as: UTF8.self) else {
            throw CodecError("a string in it is not UTF-8")
        }
        return string
    }
}
