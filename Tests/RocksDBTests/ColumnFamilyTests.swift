import Foundation
import RocksDB
import Testing

@Suite("Column families that come and go")
struct ColumnFamilyTests {
    let directory = TemporaryDirectory()

    private func open(_ names: [String]) throws(RocksDBError) -> Database {
        try Database(
            path: directory.path, options: Database.small,
            columnFamilies: names.map { ColumnFamilyDescriptor(name: $0) })
    }

    private var tableFiles: [String] {
        get throws {
            try FileManager.default.contentsOfDirectory(atPath: directory.path).filter { $0.hasSuffix(".sst") }
        }
    }

    @Test("A created family is listed, takes data, and is there after the next open")
    func creation() throws {
        let database = try Database(at: directory.path)

        let family = try database.createColumnFamily(ColumnFamilyDescriptor(name: "third"))
        try database.put("a", "1", in: family)

        #expect(database.columnFamilies.map(\.name) == ["default", "other", "third"])
        #expect(database.columnFamily(named: "third") === family)
        #expect(try database.text("a", in: database.other) == nil)
        database.close()
        #expect(try Database.columnFamilyNames(at: directory.path) == ["default", "other", "third"])
        let reopened = try open(["default", "other", "third"])
        #expect(try reopened.text("a", in: reopened.columnFamilies[2]) == "1")
    }

    @Test("A database with families that the open does not name refuses it")
    func unnamed() throws {
        let database = try Database(at: directory.path)
        _ = try database.createColumnFamily(ColumnFamilyDescriptor(name: "third"))
        database.close()

        #expect(throws: RocksDBError.self) { try Database(at: directory.path) }
    }

    @Test("There are no names where there is no database")
    func noDatabase() {
        #expect(throws: RocksDBError.self) { try Database.columnFamilyNames(at: "\(directory.path)/none") }
    }

    @Test("A dropped family is gone from the next open on, and its name can be used again")
    func drop() throws {
        let database = try Database(at: directory.path)
        try database.put("a", "1", in: database.other)

        try database.drop(database.other)

        #expect(database.columnFamilies.map(\.name) == ["default"])
        let again = try database.createColumnFamily(ColumnFamilyDescriptor(name: "other"))
        #expect(try database.text("a", in: again) == nil)
        database.close()
        #expect(try Database.columnFamilyNames(at: directory.path) == ["default", "other"])
    }

    @Test("A dropped family keeps its files as long as somebody has it or iterates over it")
    func files() throws {
        let database = try Database(at: directory.path)
        var family: ColumnFamily? = try database.createColumnFamily(ColumnFamilyDescriptor(name: "third"))
        try database.put("a", "1", in: #require(family))
        try database.flush(#require(family))
        let count = try tableFiles.count

        try database.drop(#require(family))
        try database.closeUnused()

        #expect(try tableFiles.count == count)
        #expect(try database.text("a", in: #require(family)) == "1")
        do {
            var iterator = try Iterator(over: #require(family), of: database, ReadOptions())
            family = nil
            try database.closeUnused()
            iterator.seekToFirst()
            let isValid = iterator.isValid
            #expect(isValid)
            #expect(try tableFiles.count == count)
        }
        try database.closeUnused()
        // RocksDB may remove them in the background.
        database.close()
        #expect(try tableFiles.count == count - 1)
    }

    @Test("Several files enter together, or none of them")
    func several() throws {
        let outside = TemporaryDirectory()
        let database = try Database(at: directory.path)
        let names = ["a", "b", "c"]
        for name in names {
            var writer = try TableFileWriter(path: "\(outside.path)/\(name)", options: [:], keepsPages: true)
            try withBytes(name) { bytes throws(RocksDBError) in try writer.put(bytes, bytes) }
            try writer.finish()
        }
        let paths = names.map { "\(outside.path)/\($0)" }

        #expect(throws: RocksDBError.self) {
            try database.ingest(paths + ["\(outside.path)/missing"], into: database.other)
        }
        #expect(try database.text("a", in: database.other) == nil)
        try database.ingest(paths, into: database.other)

        for name in names { #expect(try database.text(name, in: database.other) == name) }
        #expect(try FileManager.default.contentsOfDirectory(atPath: outside.path).isEmpty)
    }

    @Test("An iterator at a snapshot sees the family as it was, also after it was dropped")
    func snapshot() throws {
        let database = try Database(at: directory.path)
        let family = database.other
        try database.put("a", "old", in: family)
        let snapshot = try Snapshot(of: database)
        try database.put("a", "new", in: family)
        try database.flush(family)
        try database.drop(family)

        var iterator = try Iterator(over: family, of: database, ReadOptions(snapshot: snapshot))
        iterator.seekToFirst()
        let value = String(decoding: iterator.value, as: UTF8.self)

        #expect(value == "old")
    }
}
