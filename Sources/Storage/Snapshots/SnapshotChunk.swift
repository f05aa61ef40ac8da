internal import Bytes
package import KeyValue
package import NIOCore
package import RaftCore

/// A part of a snapshot on its way from one node to another: rows of the key-value data as the family stores them, in
/// the order of their keys. A chunk says which snapshot it is of and after which key it begins, so whoever takes chunks
/// in notices that one is missing, comes twice or is of another snapshot. Layout, little-endian:
///
/// ```
/// offset  size
///      0     8  XXH64 of everything after this field
///      8     1  format, 1
///      9     8  index of the last entry that the snapshot includes
///     17     8  its term
///     25     4  number of rows, at least 1
///     29     2  size of the key of the row before the first one; 0 in the first chunk of a snapshot
///     31        that key
///               rows, each:
///      0     2  size of the key
///      2     4  size of the record
///      6        the key, as the family stores it, and the record
/// ```
package struct SnapshotChunk {
    private static let format: UInt8 = 1
    private static let headerBytes = 31
    private static let rowHeaderBytes = 6
    private static let storedKeyBytesMax = 1 + KeyValueLimits.keyBytesMax
    /// With a deadline, a content type and the longest value.
    private static let recordBytesMax =
        RecordHeader.bytesMin + 8 + KeyValueLimits.contentTypeBytesMax + KeyValueLimits.valueBytesMax

    /// The most that the rows of a chunk have, unless there is only one.
    package static let rowBytesMax = 1 << 20
    /// The most that a chunk has.
    package static let encodedBytesMax =
        headerBytes + storedKeyBytesMax + rowHeaderBytes + storedKeyBytesMax + recordBytesMax

    package let lastIncluded: LogID
    package let rowCount: Int
    private let bytes: ByteBuffer
    private let rowsStart: Int

    /// Checks all of it: checksum, sizes, limits, and that the keys ascend. A chunk of a later release is refused as
    /// such (`CodecError.isOfLaterRelease`).
    package init(decoding bytes: ByteBuffer) throws(CodecError) {
        self.bytes = bytes
        guard bytes.readableBytes <= Self.encodedBytesMax else {
            throw CodecError("a chunk has \(bytes.readableBytes) bytes")
        }
        (lastIncluded, rowCount, rowsStart) = try bytes.readableBytesSpan.withUnsafeBytes { bytes throws(CodecError) in
            let (lastIncluded, rowCount, rowsStart) = try Self.header(of: bytes)
            try Self.checkRows(of: bytes, rowCount, from: rowsStart)
            return (lastIncluded, rowCount, rowsStart)
        }
    }

    private static func header(
        of bytes: UnsafeRawBufferPointer
    ) throws(CodecError) -> (lastIncluded: LogID, rowCount: Int, rowsStart: Int) {
        guard bytes.count >= headerBytes else { throw CodecError("a chunk is cut off in its header") }
        guard bytes.littleEndian64(at: 0) == XXH64.hash(UnsafeRawBufferPointer(rebasing: bytes[8...])) else {
            throw CodecError("the checksum of a chunk is wrong")
        }
        guard bytes[8] == format else {
            throw CodecError("unknown chunk format \(bytes[8])", isOfLaterRelease: bytes[8] > format)
        }
        let lastIncluded = LogID(
            index: LogIndex(bytes.littleEndian64(at: 9)), term: Term(bytes.littleEndian64(at: 17)))
        let keyBytes = Int(bytes.littleEndian16(at: 29))
        guard keyBytes <= storedKeyBytesMax, bytes.count >= headerBytes + keyBytes else {
            throw CodecError("the key before a chunk is cut off or too long")
        }
        return (lastIncluded, Int(bytes.littleEndian32(at: 25)), headerBytes + keyBytes)
    }

    private static func checkRows(
        of bytes: UnsafeRawBufferPointer, _ count: Int, from start: Int
    ) throws(CodecError) {
        guard count > 0 else { throw CodecError("a chunk has no rows") }
        var last = UnsafeRawBufferPointer(rebasing: bytes[headerBytes..<start])
        var offset = start
        for _ in 0..<count {
            guard bytes.count - offset >= rowHeaderBytes else { throw CodecError("a chunk is cut off") }
            let keyBytes = Int(bytes.littleEndian16(at: offset))
            let recordBytes = Int(bytes.littleEndian32(at: offset + 2))
            guard (2...storedKeyBytesMax).contains(keyBytes), recordBytes <= recordBytesMax else {
                throw CodecError("a row has a key of \(keyBytes) bytes and a record of \(recordBytes)")
            }
            offset += rowHeaderBytes
            guard bytes.count - offset >= keyBytes + recordBytes else { throw CodecError("a row is cut off") }
            let key = UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + keyBytes])
            guard last.lexicographicallyPrecedes(key) else { throw CodecError("the keys of a chunk do not ascend") }
            last = key
            offset += keyBytes + recordBytes
        }
        guard offset == bytes.count else { throw CodecError("a chunk has bytes after its end") }
        guard count == 1 || bytes.count - start <= rowBytesMax else {
            throw CodecError("the rows of a chunk have \(bytes.count - start) bytes")
        }
    }

    /// The key of the row before the first one; empty in the first chunk of a snapshot.
    package var previousKey: [UInt8] {
        bytes.readableBytesSpan.withUnsafeBytes { Array($0[Self.headerBytes..<rowsStart]) }
    }

    /// Calls `body` with the key and the record of each row, in order. The bytes are valid only within `body`.
    func forEachRow<Failure>(
        _ body: (UnsafeRawBufferPointer, UnsafeRawBufferPointer) throws(Failure) -> Void
    ) throws(Failure) {
        try bytes.readableBytesSpan.withUnsafeBytes { bytes throws(Failure) in
            var offset = rowsStart
            for _ in 0..<rowCount {
                let keyStart = offset + Self.rowHeaderBytes
                let keyEnd = keyStart + Int(bytes.littleEndian16(at: offset))
                let end = keyEnd + Int(bytes.littleEndian32(at: offset + 2))
                try body(
                    UnsafeRawBufferPointer(rebasing: bytes[keyStart..<keyEnd]),
                    UnsafeRawBufferPointer(rebasing: bytes[keyEnd..<end]))
                offset = end
            }
        }
    }

    // MARK: Writing

    /// Collects the rows of one chunk.
    struct Writer {
        private var bytes: ByteBuffer
        private let rowsStart: Int
        private(set) var rowCount = 0

        init(_ lastIncluded: LogID, after previousKey: [UInt8], rowBytes: Int) {
            bytes = ByteBuffer()
            bytes.reserveCapacity(SnapshotChunk.headerBytes + previousKey.count + rowBytes)
            bytes.writeRepeatingByte(0, count: 8)
            bytes.writeInteger(SnapshotChunk.format)
            bytes.writeInteger(lastIncluded.index.rawValue, endianness: .little)
            bytes.writeInteger(lastIncluded.term.rawValue, endianness: .little)
            bytes.writeInteger(UInt32(0))
            bytes.writeInteger(UInt16(previousKey.count), endianness: .little)
            bytes.writeBytes(previousKey)
            rowsStart = bytes.writerIndex
        }

        /// What the rows have, and would have with one more.
        func rowBytes(with key: UnsafeRawBufferPointer, _ record: UnsafeRawBufferPointer) -> Int {
            bytes.writerIndex - rowsStart + SnapshotChunk.rowHeaderBytes + key.count + record.count
        }

        mutating func add(_ key: UnsafeRawBufferPointer, _ record: UnsafeRawBufferPointer) {
            bytes.writeInteger(UInt16(key.count), endianness: .little)
            bytes.writeInteger(UInt32(record.count), endianness: .little)
            bytes.writeBytes(key)
            bytes.writeBytes(record)
            rowCount += 1
        }

        /// The chunk. Precondition: it has a row.
        consuming func finish() -> ByteBuffer {
            precondition(rowCount > 0, "a chunk without rows")
            bytes.setInteger(UInt32(rowCount), at: 25, endianness: .little)
            let checksum = bytes.readableBytesSpan.withUnsafeBytes { bytes in
                XXH64.hash(UnsafeRawBufferPointer(rebasing: bytes[8...]))
            }
            bytes.setInteger(checksum, at: 0, endianness: .little)
            return bytes
        }
    }
}
