import Foundation
import HotPath
import KeyValue
import NIOCore
import RaftCore
import Synchronization
import Testing

@testable import Storage

@Suite("Tables that are written to the database")
struct TableFileTests {
    let directory = TestDirectory()

    /// Some megabytes of entries that write, overwrite and delete: many times the size of a table of the small store.
    private func entries(_ indexes: ClosedRange<UInt64>) -> [Entry] {
        indexes.map { index in
            let commands = (0..<50).map { number in
                let place = (index * 50 + UInt64(number)) &* 2_654_435_761 % 4_000
                return place % 9 == 0
                    ? TestCommand.delete("key\(place)")
                    : TestCommand.put("key\(place)", String(repeating: "\(index).", count: 60))
            }
            return Entry.commands(index: index, commands)
        }
    }

    private func apply(_ indexes: ClosedRange<UInt64>, to store: NodeStore) throws {
        var results: [CommandResult] = []
        for entry in entries(indexes) { try store.stateMachine.apply([entry], results: &results) }
    }

    /// Value and revision of every key.
    private func content(_ store: NodeStore) throws -> [String: String] {
        var content: [String: String] = [:]
        for place in 0..<4_000 {
            guard let value = try store.stateMachine.value("key\(place)") else { continue }
            content["key\(place)"] = "\(try store.stateMachine.revision("key\(place)") ?? 0) \(value)"
        }
        return content
    }

    @Test("hold, with those in memory, everything applied; and a crash leaves the state after some batch")
    func crash() throws {
        let store = try NodeStore.open(directory)
        try apply(1...400, to: store)
        let expected = try content(store)
        #expect(expected.count > 3_000)

        let image = try NodeStore.open(directory.crashImage())
        let persisted = image.stateMachine.appliedIndex
        #expect(persisted > LogIndex(200) && persisted <= LogIndex(400))
        #expect(persisted == (try image.stateMachine.persistedAppliedIndex()))
        let state = try content(image)
        let other = TestDirectory()
        let prefix = try NodeStore.open(other)
        try apply(1...persisted.rawValue, to: prefix)
        #expect(state == (try content(prefix)))
        #expect(image.stateMachine.revision == prefix.stateMachine.revision)

        if persisted < LogIndex(400) { try apply((persisted.rawValue + 1)...400, to: image) }
        #expect(try content(image) == expected)
    }

    @Test("are read back after a clean stop, and nothing is applied again")
    func cleanStop() throws {
        let store = try NodeStore.open(directory)
        try apply(1...150, to: store)
        let expected = try content(store)
        try store.close()

        let reopened = try NodeStore.open(directory)

        #expect(reopened.stateMachine.appliedIndex == LogIndex(150))
        #expect(try content(reopened) == expected)
    }

    @Test("take a batch that is larger than a table")
    func largeBatch() throws {
        let store = try NodeStore.open(directory)
        let values = (1...3).map { String(repeating: "\($0)", count: 900_000) }

        _ = try store.stateMachine.apply(
            .commands(index: 1, [.put("a", values[0])]), .commands(index: 2, [.put("b", values[1])]),
            .commands(index: 3, [.put("c", values[2])]))
        #expect(try store.stateMachine.value("b") == values[1])
        try store.close()

        let reopened = try NodeStore.open(directory)
        #expect(try ["a", "b", "c"].map { try reopened.stateMachine.value($0) } == values)
    }

    @Test("never hold a part of a batch that failed")
    func failedBatch() throws {
        let store = try NodeStore.open(directory)
        _ = try store.stateMachine.apply(.commands(index: 1, [.put("a", "whole")]))
        let wrongCount = Entry(
            id: LogID(index: LogIndex(3), term: Term(1)), kind: .commands, commandCount: 2,
            payload: ByteBuffer(bytes: TestCommand.put("b").encoded))
        #expect(throws: StoreFailure.self) {
            try store.stateMachine.apply(.commands(index: 2, [.put("a", "half")]), wrongCount)
        }
        #expect(try store.stateMachine.value("a") == "whole")
        #expect(throws: StorageError.self) { try store.close() }

        let reopened = try NodeStore.open(directory)
        #expect(reopened.stateMachine.appliedIndex == .zero)
        #expect(try reopened.stateMachine.value("a") == nil)
    }

    @Test("of a history that was dropped do not come back")
    func droppedHistory() throws {
        let store = try NodeStore.open(directory)
        try apply(1...100, to: store)

        try store.resetForJoin(clusterID: testCluster, instance: testInstance)

        #expect(try store.isEmpty())
        #expect(try content(store).isEmpty)
        _ = try store.stateMachine.apply(.commands(index: 1, [.put("key1", "new")]))
        try store.stateMachine.flush()
        let image = try NodeStore.open(directory.crashImage())
        #expect(image.stateMachine.appliedIndex == LogIndex(1))
        #expect(try content(image) == ["key1": "1 new"])
    }

    @Test("do not destroy a file of the database whose second name a crash left behind")
    func secondName() throws {
        let store = try NodeStore.open(directory)
        try apply(1...20, to: store)
        try store.close()
        let expected = try content(try NodeStore.open(directory.crashImage()))
        let database = "\(directory.node)/db"
        let file = try #require(TestDirectory.names(in: database).last { $0.hasSuffix(".sst") })
        try FileManager.default.linkItem(atPath: "\(database)/\(file)", toPath: "\(database)/memtable.new")

        let reopened = try NodeStore.open(directory)
        _ = try reopened.stateMachine.apply(.noop(index: 21))
        try reopened.close()

        let again = try NodeStore.open(directory)
        #expect(again.stateMachine.appliedIndex == LogIndex(21))
        #expect(try content(again) == expected)
    }

    @Test("whose disk failed at the wrong moment misses a file, and the refusal says how to get it back")
    func lostFile() throws {
        let store = try NodeStore.open(directory)
        try apply(1...20, to: store)
        try store.close()
        let expected = try content(try NodeStore.open(directory.crashImage()))
        let database = "\(directory.node)/db"
        let file = try #require(TestDirectory.names(in: database).last { $0.hasSuffix(".sst") })
        // What RocksDB leaves when it takes the file back and its list of files has reached the disk.
        try FileManager.default.moveItem(atPath: "\(database)/\(file)", toPath: "\(database)/memtable.new")

        let error = try #require(throws: StorageError.self) { try NodeStore.open(directory) }

        #expect(error.code == .damaged)
        #expect(error.message.contains("ln \(database)/memtable.new \(database)/\(file), and start again"))
        try FileManager.default.linkItem(atPath: "\(database)/memtable.new", toPath: "\(database)/\(file)")
        let reopened = try NodeStore.open(directory)
        #expect(try content(reopened) == expected)
    }

    @Test("with the identity of another one is refused in its place")
    func foreignFile() throws {
        let other = TestDirectory()
        for directory in [directory, other] {
            let store = try NodeStore.open(directory)
            try apply(1...20, to: store)
            try store.close()
        }
        let files = try [directory, other].map { directory in
            let names = TestDirectory.names(in: "\(directory.node)/db")
            return "\(directory.node)/db/\(try #require(names.last { $0.hasSuffix(".sst") }))"
        }
        TestDirectory.write(TestDirectory.read(files[1]), to: files[0])

        let error = #expect(throws: StorageError.self) { try NodeStore.open(directory) }

        #expect(error?.code == .damaged)
        #expect(error?.message.contains("memtable.new") == false)
    }

    @Test("that cannot be written stop the node: nothing more is applied")
    func unwritable() throws {
        let store = try NodeStore.open(directory)
        try FileManager.default.createDirectory(
            atPath: "\(directory.node)/db/memtable.new", withIntermediateDirectories: false)

        let told = Mutex<[String]>([])
        store.stateMachine.onFlushFailure { failure in told.withLock { $0.append(failure.operation) } }

        let error = #expect(throws: StoreFailure.self) { try apply(1...1_000, to: store) }

        #expect(error?.operation.hasPrefix("remove ") == true)
        #expect(throws: StorageError.self) { try store.close() }
        #expect(told.withLock { $0 } == [error?.operation])
        #expect(throws: StoreFailure.self) { try store.stateMachine.flush() }
    }

    @Test("are not written without need: a flush without news writes no file")
    func flushWithoutNews() throws {
        let store = try NodeStore.open(directory)
        _ = try store.stateMachine.apply(.commands(index: 1, [.put("a")]))
        try store.stateMachine.flush()
        let files = TestDirectory.names(in: "\(directory.node)/db").filter { $0.hasSuffix(".sst") }

        try store.stateMachine.flush()

        #expect(TestDirectory.names(in: "\(directory.node)/db").filter { $0.hasSuffix(".sst") } == files)
        #expect(files.count == 1)
    }

    @Test("of a history that is being removed are read until it is gone, and none of them is written any more")
    func removalInProgress() throws {
        let store = try NodeStore.open(directory)
        _ = try store.stateMachine.apply(.commands(index: 1, [.put("a", "old")]))
        try store.stateMachine.flush()
        _ = try store.stateMachine.apply(.commands(index: 2, [.put("a", "new"), .put("b", "new")]))

        store.stateMachine.stopWriting(because: "a test")
        #expect(try store.stateMachine.value("a") == "new")
        #expect(throws: StoreFailure.self) { try store.stateMachine.flush() }
        #expect(throws: StoreFailure.self) { try store.stateMachine.apply(.noop(index: 3)) }

        try store.stateMachine.startOver()
        #expect(try store.stateMachine.value("b") == nil)
        #expect(store.stateMachine.revision == 0)
        #expect(try store.stateMachine.apply(.commands(index: 1, [.put("b")])).map(\.revision) == [1])
    }

    @Test("count their keys, and do not count deleted ones")
    func emptiness() throws {
        let store = try NodeStore.open(directory)
        _ = try store.stateMachine.apply(.commands(index: 1, [.put("a"), .put("b")]))
        try store.stateMachine.flush()
        #expect(store.facts.approximateKeyCount == 2)
        #expect(try !store.isEmpty())

        _ = try store.stateMachine.apply(.commands(index: 2, [.delete("a")]))
        #expect(try !store.isEmpty())
        _ = try store.stateMachine.apply(.commands(index: 3, [.delete("b")]))
        #expect(try store.isEmpty())
        try store.stateMachine.flush()
        #expect(try store.isEmpty())
    }
}
