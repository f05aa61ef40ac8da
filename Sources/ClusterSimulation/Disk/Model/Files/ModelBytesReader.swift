internal import KeyValue

/// Reads what `ModelBytes` wrote. Nil where the bytes end too early.
struct ModelBytesReader {
    private let bytes: UnsafeRawBufferPointer
    private var offset = 0

    init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    var isAtEnd: Bool { offset == bytes.count }

    mutating func number() -> Int? {
        guard bytes.count - offset >= 4 else { return nil }
        defer { offset += 4 }
        return Int(bytes.littleEndian32(at: offset))
    }

    mutating func number64() -> UInt64? {
        guard bytes.count - offset >= 8 else { return nil }
        defer { offset += 8 }
        return bytes.littleEndian64(at: offset)
    }

    mutating func string() -> UnsafeRawBufferPointer? {
        guard let count = number(), bytes.count - offset >= count else { return nil }
        defer { offset += count }
        return UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + count])
    }
}
