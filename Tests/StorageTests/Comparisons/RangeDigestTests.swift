import HotPath
import KeyValue
import RaftCore
import Testing

@testable import Storage

@Suite("The digest of a range of the key-value data")
struct RangeDigestTests {
    private func user(_ key: String) -> [UInt8] { [KeyValueKey.Space.user.rawValue] + Array(key.utf8) }

    private func digest(_ store: NodeStore, _ start: [UInt8], _ end: [UInt8]) throws -> StateDigest {
        let capture = try store.stateMachine.capture(KeyRange(start: start, end: end))
        return try #require(try capture.digest { true })
    }

    /// Keys in a table file, in memory, in both, and deleted ones.
    private func filledStore(_ directory: TestDirectory) throws -> NodeStore {
        let store = try NodeStore.open(directory)
        for index in 1...40 as ClosedRange<UInt64> {
            _ = try store.stateMachine.apply(.commands(index: index, [.put("key\(index)", "old")]))
        }
        try store.stateMachine.flush()
        for index in 41...60 as ClosedRange<UInt64> {
            let key = "key\(index - 20)"
            let command: TestCommand = index % 3 == 0 ? .delete(key) : .put(key, "new")
            _ = try store.stateMachine.apply(.commands(index: index, [command]))
        }
        return store
    }

    @Test("Digests of ranges add up to that of all data, wherever they are divided")
    func sum() throws {
        let directory = TestDirectory()
        let store = try filledStore(directory)
        let whole = try #require(try store.stateMachine.digest(while: { true }))

        for bounds in [["key3"], ["key1", "key25", "key4", "z"], ["", "key15", "key2", "key22", "key9"]] {
            let ends = bounds.map { user($0) } + [[]]
            let starts = [[]] + bounds.map { user($0) }
            let parts = try zip(starts, ends).map { try digest(store, $0, $1) }
            #expect(parts.reduce(0) { $0 &+ $1.hash } == whole.hash)
            #expect(parts.reduce(0) { $0 + $1.keyCount } == whole.keyCount)
            #expect(parts.allSatisfy { $0.applied == whole.applied && $0.revision == whole.revision })
        }
        #expect(try digest(store, [], []) == whole)
        try store.close()
    }

    @Test("is that of the entry at which it was captured, whatever is applied and written to disk meanwhile")
    func capture() throws {
        let directory = TestDirectory()
        let store = try filledStore(directory)
        let range = KeyRange(start: user("key3"), end: user("key5"))
        let before = try #require(try store.stateMachine.capture(range).digest { true })

        // In a scope of its own: it must be gone before the store is closed.
        try {
            let capture = try store.stateMachine.capture(range)
            for index in 61...80 as ClosedRange<UInt64> {
                _ = try store.stateMachine.apply(.commands(index: index, [.put("key\(index - 30)", "newest")]))
            }
            try store.stateMachine.flush()
            #expect(try capture.digest { true } == before)
        }()

        #expect(try store.stateMachine.capture(range).digest { true } != before)
        try store.close()
    }

    @Test("Ranges of about one size divide all data in the database")
    func division() throws {
        let directory = TestDirectory()
        let store = try filledStore(directory)
        try store.stateMachine.flush()
        var start: [UInt8] = []
        var ranges: [KeyRange] = []

        repeat {
            let end = try store.stateMachine.endOfRange(from: start, bytes: 100) { true }
            ranges.append(KeyRange(start: start, end: end))
            start = end
        } while !start.isEmpty && ranges.count < 1_000

        #expect(ranges.count > 5)
        #expect(zip(ranges, ranges.dropFirst()).allSatisfy { $0.end == $1.start && $0.start != $1.start })
        #expect(ranges.last?.end == [])
        #expect(try store.stateMachine.endOfRange(from: [], bytes: 1 << 20) { true } == [])
        try store.close()
    }
}
