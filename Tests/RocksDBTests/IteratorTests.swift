import RocksDB
import Testing

@Suite("An iterator")
struct IteratorTests {
    let directory = TemporaryDirectory()

    private func database() throws -> Database {
        let database = try Database(at: directory.path)
        for key in ["b", "d", "f"] { try database.put(key, "value of \(key)", in: database.other) }
        return database
    }

    /// The key that an iterator stands on, as text.
    private func key(of iterator: borrowing Iterator) -> String? {
        iterator.isValid ? String(decoding: iterator.key, as: UTF8.self) : nil
    }

    @Test("walks keys in order, forwards and backwards, and stops at the ends")
    func walking() throws {
        let database = try database()
        var iterator = try Iterator(over: database.other, of: database, ReadOptions(fillCache: false))
        #expect(key(of: iterator) == nil)

        iterator.seekToFirst()
        #expect(key(of: iterator) == "b")
        #expect(String(decoding: iterator.value, as: UTF8.self) == "value of b")
        iterator.next()
        #expect(key(of: iterator) == "d")
        iterator.seekToLast()
        #expect(key(of: iterator) == "f")
        iterator.previous()
        #expect(key(of: iterator) == "d")
        iterator.seekToLast()
        iterator.next()

        #expect(key(of: iterator) == nil)
        try iterator.checkStatus()
    }

    @Test("seeks to the next key at or after another, and backwards")
    func seeking() throws {
        let database = try database()
        var iterator = try Iterator(over: database.other, of: database, ReadOptions())

        try withBytes("c") { key throws(RocksDBError) in iterator.seek(to: key) }
        #expect(key(of: iterator) == "d")
        try withBytes("c") { key throws(RocksDBError) in iterator.seekBackward(to: key) }
        #expect(key(of: iterator) == "b")
        try withBytes("d") { key throws(RocksDBError) in iterator.seek(to: key) }
        #expect(key(of: iterator) == "d")
    }

    @Test("stays within its bounds, which it keeps itself")
    func bounds() throws {
        let database = try database()
        let options = try withBytes("c") { lower throws(RocksDBError) in
            try withBytes("f") { upper throws(RocksDBError) in
                Bounded(ReadOptions(lowerBound: lower, upperBound: upper))
            }
        }
        var iterator = try Iterator(over: database.other, of: database, options.take())

        iterator.seekToFirst()
        #expect(key(of: iterator) == "d")
        iterator.next()
        #expect(key(of: iterator) == nil)
        iterator.seekToLast()
        #expect(key(of: iterator) == "d")
    }

    /// Carries noncopyable options out of a closure that returns only copyable values.
    private final class Bounded {
        private var options: ReadOptions?
        init(_ options: consuming ReadOptions) { self.options = consume options }
        func take() -> ReadOptions { options.take() ?? ReadOptions() }
    }

    @Test("does not see what is written after its creation")
    func isolation() throws {
        let database = try database()
        var iterator = try Iterator(over: database.other, of: database, ReadOptions())

        try database.put("a", "late", in: database.other)

        iterator.seekToFirst()
        #expect(key(of: iterator) == "b")
    }

    @Test("keeps its database open")
    func keepsDatabase() throws {
        var database: Database? = try database()
        let family = try #require(database?.other)
        var iterator = try Iterator(over: family, of: #require(database), ReadOptions())
        database = nil

        iterator.seekToFirst()

        #expect(key(of: iterator) == "b")
    }
}
