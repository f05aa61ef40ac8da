/// The part of a record before its content type and value.
package enum RecordHeader {
    package static let format: UInt8 = 1
    /// Size without a deadline.
    package static let bytesMin = 12

    /// Writes the header of a record without a deadline, `bytesMin` bytes, to the start of `target`.
    package static func encode(
        valueType: ValueType, contentTypeBytes: Int, revision: UInt64, into target: UnsafeMutableRawBufferPointer
    ) {
        precondition(contentTypeBytes <= KeyValueLimits.contentTypeBytesMax, "a content type is too long")
        target[0] = format
        target[1] = valueType.rawValue
        target[2] = UInt8(contentTypeBytes)
        target[3] = 0
        target.storeLittleEndian(revision, at: 4)
    }
}
