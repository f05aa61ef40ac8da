import Bytes
import KeyValue
import NIOCore
import RaftCore
import Testing

@testable import Storage

/// The bytes here are a format between nodes: a change of any of them needs a new format version. The checksums come
/// from another implementation of XXH64.
@Suite("A chunk of a snapshot")
struct SnapshotChunkTests {
    private static let last = LogID(index: LogIndex(7), term: Term(3))

    private func chunk(after key: [UInt8] = [], _ rows: [([UInt8], [UInt8])]) -> ByteBuffer {
        var writer = SnapshotChunk.Writer(Self.last, after: key, rowBytes: 64)
        for (key, record) in rows {
            key.withRawBytes { key in record.withRawBytes { writer.add(key, $0) } }
        }
        return writer.finish()
    }

    private func rows(_ chunk: SnapshotChunk) -> [[[UInt8]]] {
        var rows: [[[UInt8]]] = []
        chunk.forEachRow { key, record in rows.append([Array(key), Array(record)]) }
        return rows
    }

    private func complaint(_ bytes: ByteBuffer) -> CodecError? {
        #expect(throws: CodecError.self) { try SnapshotChunk(decoding: bytes) }
    }

    @Test("has these bytes")
    func golden() throws {
        let bytes = chunk(after: [1, 0x61], [([1, 0x62], [0xAA, 0xBB]), ([1, 0x63], [])])

        let hex = bytes.readableBytesView.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        #expect(
            hex == "8883a7e9bfa697e5" + "01" + "0700000000000000" + "0300000000000000" + "02000000" + "0200" + "0161"
                + "0200" + "02000000" + "0162" + "aabb" + "0200" + "00000000" + "0163")
        let decoded = try SnapshotChunk(decoding: bytes)
        #expect(decoded.lastIncluded == Self.last)
        #expect(decoded.previousKey == [1, 0x61])
        #expect(rows(decoded) == [[[1, 0x62], [0xAA, 0xBB]], [[1, 0x63], []]])
    }

    @Test("is refused with any bit flipped, and cut off at any place")
    func damage() throws {
        let bytes = chunk(after: [1, 1], [([1, 2], [3]), ([1, 4], [5])])

        for place in 0..<bytes.readableBytes {
            var damaged = bytes
            damaged.setInteger(bytes.getInteger(at: place, as: UInt8.self)! ^ 4, at: place)
            #expect(complaint(damaged) != nil)
            #expect(complaint(bytes.getSlice(at: 0, length: place)!) != nil)
        }
    }

    @Test("is refused if its keys do not ascend, also after the key before it")
    func order() {
        let cases: [([UInt8], [[UInt8]])] = [
            ([], [[1, 3], [1, 2]]), ([], [[1, 3], [1, 3]]), ([1, 4], [[1, 3]]), ([1, 3], [[1, 3]]),
        ]
        for (previous, keys) in cases {
            #expect(complaint(chunk(after: previous, keys.map { ($0, []) }))?.description.contains("ascend") == true)
        }
    }

    @Test("is refused with a key or a record that is too long or too short")
    func limits() throws {
        let longest = [UInt8](repeating: 1, count: 1 + KeyValueLimits.keyBytesMax)
        _ = try SnapshotChunk(decoding: chunk([(longest, [])]))

        #expect(complaint(chunk([(longest + [1], [])])) != nil)
        #expect(complaint(chunk([([1], [])])) != nil)
        let record = [UInt8](repeating: 1, count: KeyValueLimits.valueBytesMax + 1_000)
        #expect(complaint(chunk([([1, 1], record)])) != nil)
        let half = [UInt8](repeating: 1, count: SnapshotChunk.rowBytesMax / 2)
        #expect(complaint(chunk([([1, 1], half), ([1, 2], half)])) != nil)
    }

    @Test("of a later release is told from a damaged one")
    func laterRelease() throws {
        var bytes = chunk([([1, 1], [])])
        bytes.setInteger(UInt8(2), at: 8)
        let checksum = bytes.withUnsafeReadableBytes { bytes in
            XXH64.hash(UnsafeRawBufferPointer(rebasing: bytes[8...]))
        }
        bytes.setInteger(checksum, at: 0, endianness: .little)

        #expect(complaint(bytes)?.isOfLaterRelease == true)
    }
}
