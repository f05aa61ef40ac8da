import Bytes
import HotPath
import KeyValue
import RaftCore
import Synchronization
import Testing

@testable import Storage

/// The tables in memory, their files and what a start makes of them, against a RocksDB database that is written to
/// directly.
@Suite("The store against plain RocksDB")
struct DifferentialTests {
    private static let entryCount = 24

    /// What there is after each entry, from none to all, with the results of each.
    private struct Expected {
        var entries: [Entry] = []
        var results: [[CommandResult]] = []
        /// By the number of entries applied.
        var records: [[[UInt8]: [UInt8]]] = [[:]]

        init(seed: UInt64) throws {
            let directory = TestDirectory()
            let plain = try PlainStore(path: "\(directory.path)/plain")
            var random = SplitMix64(seed: seed)
            for index in 1...UInt64(DifferentialTests.entryCount) {
                let steps = TestStep.random(
                    count: Int.random(in: 1...20, using: &random), keyCount: 30, using: &random)
                entries.append(.commands(index: index, encoded: steps.map(\.encoded)))
                results.append(try plain.apply(steps))
                records.append(try plain.records())
            }
        }
    }

    /// States that threads have read.
    ///
    /// `@unchecked Sendable`: mutable state is touched only with `monitor` locked.
    private final class Seen: @unchecked Sendable {
        private let monitor = Monitor()
        private var states: [(index: Int, records: [[UInt8]: [UInt8]])] = []

        var all: [(index: Int, records: [[UInt8]: [UInt8]])] { monitor.withLock { states } }

        func append(_ index: Int, _ records: [[UInt8]: [UInt8]]) {
            monitor.withLock { states.append((index, records)) }
            monitor.signal()
        }

        func wait(forMoreThan count: Int) {
            monitor.withLock {
                while states.count <= count { monitor.wait() }
            }
        }
    }

    private func records(_ store: NodeStore) throws -> [[UInt8]: [UInt8]] {
        var records: [[UInt8]: [UInt8]] = [:]
        try store.stateMachine.capture().forEachRecord { key, record in
            #expect(key.space == .user)
            #expect(records.updateValue(Array(record), forKey: Array(key.rest)) == nil, "a key comes twice")
            return true
        }
        return records
    }

    private func digest(_ store: NodeStore) throws -> StateDigest {
        try #require(try store.stateMachine.digest(while: { true }))
    }

    /// Applies what is not applied yet through `end` entries, and compares the results.
    private func apply(_ expected: Expected, through end: Int, to store: NodeStore) throws {
        for place in Int(store.stateMachine.appliedIndex.rawValue)..<end {
            var results: [CommandResult] = []
            try store.stateMachine.apply([expected.entries[place]], results: &results)
            #expect(results == expected.results[place], "entry \(place + 1)")
        }
    }

    @Test(
        "The content is the same after each entry, flushed after each, after some or after none",
        arguments: [1, 3, 100])
    func content(entriesPerFlush: Int) throws {
        let expected = try Expected(seed: 7)
        let directory = TestDirectory()
        let store = try NodeStore.open(directory)
        for end in 1...Self.entryCount {
            try apply(expected, through: end, to: store)
            if end % entriesPerFlush == 0 { try store.stateMachine.flush() }
            #expect(try records(store) == expected.records[end], "after entry \(end)")
        }
        #expect(store.stateMachine.revision == expected.results.last?.last?.revision)
        try store.close()
    }

    @Test(
        "A flush at any point and a crash at any later one lose nothing, and the digests are equal", arguments: [1, 2])
    func crashes(seed: UInt64) throws {
        let expected = try Expected(seed: seed)
        let whole = TestDirectory()
        let reference = try NodeStore.open(whole)
        try apply(expected, through: Self.entryCount, to: reference)
        let digestOfAll = try digest(reference)
        #expect(digestOfAll.keyCount == expected.records[Self.entryCount].count)
        var random = SplitMix64(seed: seed)

        for flushed in 1..<Self.entryCount {
            let directory = TestDirectory()
            let store = try NodeStore.open(directory)
            try apply(expected, through: flushed, to: store)
            try store.stateMachine.flush()
            try apply(expected, through: Int.random(in: flushed...Self.entryCount, using: &random), to: store)

            let after = try NodeStore.open(directory.crashImage())
            #expect(after.stateMachine.appliedIndex == LogIndex(UInt64(flushed)))
            #expect(try records(after) == expected.records[flushed], "flushed after entry \(flushed)")
            try apply(expected, through: Self.entryCount, to: after)
            #expect(try records(after) == expected.records[Self.entryCount])
            #expect(try digest(after) == digestOfAll)
            try after.close()
            try store.close()
        }
        try reference.close()
    }

    @Test("Whoever reads or captures meanwhile sees the state after one entry")
    func readers() throws {
        let expected = try Expected(seed: 11)
        let directory = TestDirectory()
        let store = try NodeStore.open(directory)
        let isDone = Atomic<Bool>(false)
        let seen = Seen()
        let data = store.stateMachine
        withExtendedLifetime(store) {
            let readers = (0..<2).map { number in
                DedicatedThread(name: "reader") {
                    repeat {
                        var records: [[UInt8]: [UInt8]] = [:]
                        guard let state = try? data.capture() else { continue }
                        // The second reads when much has been applied and flushed since.
                        if number == 1, !isDone.load(ordering: .acquiring) { try? data.flush() }
                        try? state.forEachRecord { key, record in
                            records[Array(key.rest)] = Array(record)
                            return true
                        }
                        seen.append(Int(state.applied.last.index.rawValue), records)
                    } while !isDone.load(ordering: .acquiring)
                }
            }
            for place in expected.entries.indices {
                let count = seen.all.count
                var results: [CommandResult] = []
                try? data.apply([expected.entries[place]], results: &results)
                seen.wait(forMoreThan: count)
            }
            isDone.store(true, ordering: .releasing)
            for reader in readers { reader.join() }
        }

        #expect(Set(seen.all.map(\.index)).count > 5)
        for (index, records) in seen.all { #expect(records == expected.records[index], "after entry \(index)") }
        try store.close()
    }

    @Test("A captured state stays as it was, however much is applied and written after it")
    func captured() throws {
        let expected = try Expected(seed: 5)
        let directory = TestDirectory()
        let store = try NodeStore.open(directory)
        try apply(expected, through: 4, to: store)
        try store.stateMachine.flush()
        try apply(expected, through: 9, to: store)
        do {
            let state = try store.stateMachine.capture()
            for end in 10...Self.entryCount {
                try apply(expected, through: end, to: store)
                try store.stateMachine.flush()
            }
            var records: [[UInt8]: [UInt8]] = [:]
            try state.forEachRecord { key, record in
                records[Array(key.rest)] = Array(record)
                return true
            }
            #expect(state.applied.last.index == LogIndex(9))
            #expect(records == expected.records[9])
        }
        try store.close()
    }
}
