/// Integers on disk and on the wire are little-endian, of explicit width, and need no alignment. Bounds are checked in
/// release builds too, because the offsets may come from bytes that a peer or a disk sent.
extension UnsafeRawBufferPointer {
    package func littleEndian16(at offset: Int) -> UInt16 { UInt16(littleEndian: load(at: offset)) }
    package func littleEndian32(at offset: Int) -> UInt32 { UInt32(littleEndian: load(at: offset)) }
    package func littleEndian64(at offset: Int) -> UInt64 { UInt64(littleEndian: load(at: offset)) }

    private func load<Integer: FixedWidthInteger & BitwiseCopyable>(at offset: Int) -> Integer {
        precondition(
            offset >= 0 && offset + MemoryLayout<Integer>.size <= count, "a load at \(offset) leaves its buffer")
        return loadUnaligned(fromByteOffset: offset, as: Integer.self)
    }
}

extension UnsafeMutableRawBufferPointer {
    package func storeLittleEndian<Integer: FixedWidthInteger & BitwiseCopyable>(_ value: Integer, at offset: Int) {
        precondition(
            offset >= 0 && offset + MemoryLayout<Integer>.size <= count, "a store at \(offset) leaves its buffer")
        storeBytes(of: value.littleEndian, toByteOffset: offset, as: Integer.self)
    }
}
