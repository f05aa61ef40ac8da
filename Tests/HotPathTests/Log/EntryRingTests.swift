import HotPath
import NIOCore
import RaftCore
import Testing

@Suite("The entry ring")
struct EntryRingTests {
    private func entry(_ index: UInt64, term: UInt64 = 1) -> Entry {
        Entry(
            id: LogID(index: LogIndex(index), term: Term(term)), kind: .configuration, commandCount: 0,
            payload: ByteBuffer(string: "payload \(index)"))
    }

    private func filledRing(_ range: ClosedRange<UInt64>) -> EntryRing {
        var ring = EntryRing(after: LogIndex(range.lowerBound - 1))
        for index in range { ring.append(entry(index)) }
        return ring
    }

    @Test("A slice holds the entries of its range")
    func slice() {
        let ring = filledRing(5...9)

        #expect(ring.slice(LogRange(LogIndex(6), LogIndex(9))).map(\.id.index.rawValue) == [6, 7, 8])
        #expect(ring.firstIndex == LogIndex(5))
        #expect(ring.endIndex == LogIndex(10))
    }

    @Test("Truncation removes the end, and the next entry takes its place")
    func truncation() {
        var ring = filledRing(5...9)

        ring.truncate(from: LogIndex(7))
        ring.append(entry(7, term: 2))

        #expect(ring.endIndex == LogIndex(8))
        #expect(ring.slice(LogRange(LogIndex(7), LogIndex(8)))[0].id.term == Term(2))
    }

    @Test("Truncation below the ring empties it and moves its start back")
    func truncationBelow() {
        var ring = filledRing(5...9)

        ring.truncate(from: LogIndex(3))

        #expect(ring.firstIndex == LogIndex(3))
        #expect(ring.endIndex == LogIndex(3))
        #expect(ring.bytes == 0)
    }

    @Test("Eviction keeps what is asked for, and the count of bytes is exact")
    func eviction() {
        var ring = filledRing(1...100)
        let entryBytes = entry(10).encodedBytes

        ring.evict(before: LogIndex(50), bytesKept: 0)
        #expect(ring.firstIndex == LogIndex(50))
        ring.evict(before: LogIndex(90), bytesKept: 20 * entryBytes)
        #expect(ring.endIndex == LogIndex(101))
        #expect(ring.bytes <= 20 * entryBytes + entryBytes)
        ring.evict(before: LogIndex(101), bytesKept: 0)
        #expect(ring.bytes == 0)
    }
}
