/// Appends the parts of the model's files. Integers are little-endian.
struct ModelBytes {
    var bytes: [UInt8] = []

    mutating func append(_ number: Int) {
        withUnsafeBytes(of: UInt32(number).littleEndian) { bytes.append(contentsOf: $0) }
    }

    mutating func append(_ number: UInt64) {
        withUnsafeBytes(of: number.littleEndian) { bytes.append(contentsOf: $0) }
    }

    /// A string of bytes, with its size before it.
    mutating func append(_ string: UnsafeRawBufferPointer) {
        append(string.count)
        bytes.append(contentsOf: string)
    }
}
