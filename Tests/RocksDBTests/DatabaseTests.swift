import Foundation
import RocksDB
import Synchronization
import Testing

@Suite("A database")
struct DatabaseTests {
    let directory = TemporaryDirectory()

    @Test("keeps the families of one database apart")
    func families() throws {
        let database = try Database(at: directory.path)
        let first = try #require(database.columnFamily(named: "default"))

        try database.put("key", "one", in: first)
        try database.put("key", "two", in: database.other)

        #expect(try database.text("key", in: first) == "one")
        #expect(try database.text("key", in: database.other) == "two")
        #expect(database.columnFamily(named: "unknown") == nil)
    }

    @Test("finds nothing under a key that is absent, and an empty value under a key that has one")
    func absentAndEmpty() throws {
        let database = try Database(at: directory.path)

        try database.put("empty", "", in: database.other)

        #expect(try database.text("absent", in: database.other) == nil)
        #expect(try database.text("empty", in: database.other) == "")
    }

    @Test("has its data when it is opened again, from a synced log or a flushed memtable")
    func reopening() throws {
        let database = try Database(at: directory.path)
        try database.put("logged", "1", in: database.other)
        try database.flushWAL(sync: true)
        try database.put("flushed", "2", in: database.other)
        try database.flush(database.other)
        database.close()

        let reopened = try Database(at: directory.path)

        #expect(try reopened.text("logged", in: reopened.other) == "1")
        #expect(try reopened.text("flushed", in: reopened.other) == "2")
    }

    @Test("does not read from disk under the block cache tier")
    func blockCacheTier() throws {
        let database = try Database(at: directory.path)
        try database.put("key", "value", in: database.other)
        try database.flush(database.other)

        let error = #expect(throws: RocksDBError.self) {
            try database.text("key", in: database.other, ReadOptions(tier: .blockCache))
        }

        #expect(error?.kind == .incomplete)
    }

    @Test("shows a snapshot the state at its creation")
    func snapshot() throws {
        let database = try Database(at: directory.path)
        try database.put("key", "before", in: database.other)
        let snapshot = try Snapshot(of: database)

        try database.put("key", "after", in: database.other)

        #expect(try database.text("key", in: database.other, ReadOptions(snapshot: snapshot)) == "before")
        #expect(try database.text("key", in: database.other) == "after")
    }

    @Test("answers properties as text and as number, and nil for unknown names")
    func properties() throws {
        let database = try Database(at: directory.path)
        try database.put("a", "1", in: database.other)
        try database.put("b", "2", in: database.other)

        #expect(try database.property("rocksdb.estimate-num-keys", of: database.other) == "2")
        #expect(try database.property("rocksdb.num-files-at-level0", of: database.other) == "0")
        #expect(try database.property("rocksdb.unknown", of: database.other) == nil)
    }

    @Test("compacts a range into the lowest level")
    func compaction() throws {
        let database = try Database(at: directory.path)
        for round in 0..<2 {
            try database.put("key", "\(round)", in: database.other)
            try database.flush(database.other)
        }
        #expect(try database.property("rocksdb.num-files-at-level0", of: database.other) == "2")

        try database.compactRange(database.other)

        #expect(try database.property("rocksdb.num-files-at-level0", of: database.other) == "0")
        #expect(try database.text("key", in: database.other) == "1")
    }

    @Test("answers every call after it was closed with an error, and closes once")
    func closed() throws {
        let database = try Database(at: directory.path)
        let family = database.other
        database.close()
        database.close()

        #expect(throws: RocksDBError.self) { try database.text("key", in: family) }
        #expect(throws: RocksDBError.self) { try database.flush(family) }
        #expect(throws: RocksDBError.self) { try database.compactRange(family) }
        #expect(throws: RocksDBError.self) { _ = try Snapshot(of: database) }
        #expect(throws: RocksDBError.self) { _ = try Iterator(over: family, of: database, ReadOptions()) }
        let error = #expect(throws: RocksDBError.self) { try database.flushWAL(sync: true) }
        #expect(error?.kind == .closed)
    }

    /// What the threads of a test share.
    private final class Readers: Sendable {
        let mistakes = Atomic<Int>(0)
        let haveRead = DispatchSemaphore(value: 0)
        let ended = DispatchSemaphore(value: 0)
    }

    @Test("is closed only after the reads that are under way, and refuses those that come later")
    func closingUnderReaders() throws {
        for _ in 0..<30 {
            let directory = TemporaryDirectory()
            let database = try Database(at: directory.path)
            try database.put("key", "value", in: database.other)
            let readers = Readers()
            for _ in 0..<4 {
                Thread.detachNewThread {
                    do throws(RocksDBError) {
                        while try database.text("key", in: database.other) == "value" {
                            readers.haveRead.signal()
                        }
                        readers.mistakes.wrappingAdd(1, ordering: .relaxed)
                    } catch {
                        if error.kind != .closed { readers.mistakes.wrappingAdd(1, ordering: .relaxed) }
                    }
                    readers.ended.signal()
                }
            }
            readers.haveRead.wait()

            database.close()

            for _ in 0..<4 { readers.ended.wait() }
            #expect(readers.mistakes.load(ordering: .relaxed) == 0)
        }
    }

    @Test("must not be closed while an iterator exists")
    func closingUnderIterator() async {
        await #expect(processExitsWith: .failure) {
            let directory = TemporaryDirectory()
            let database = try Database(at: directory.path)
            let iterator = try Iterator(over: database.other, of: database, ReadOptions())
            database.close()
            _ = iterator.isValid
        }
    }
}
