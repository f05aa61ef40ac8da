import Foundation
import RocksDB
import Testing

@Suite("A table file that enters a database")
struct IngestionTests {
    let directory = TemporaryDirectory()
    let outside = TemporaryDirectory()

    private var file: String { "\(outside.path)/new.sst" }

    private func write(_ records: [(String, String?)]) throws {
        var writer = try TableFileWriter(path: file, options: [:], keepsPages: true)
        for (key, value) in records {
            try withBytes(key) { key throws(RocksDBError) in
                guard let value else { return try writer.delete(key) }
                try withBytes(value) { value throws(RocksDBError) in try writer.put(key, value) }
            }
        }
        try writer.finish()
    }

    /// The content of the newest table file of the database.
    private func newestTable() throws -> Data {
        let names = try FileManager.default.contentsOfDirectory(atPath: directory.path)
        let newest = try #require(names.filter { $0.hasSuffix(".sst") }.max())
        return try Data(contentsOf: URL(filePath: "\(directory.path)/\(newest)"))
    }

    @Test("is newer than everything before it, and keeps its bytes: nothing is written into it afterwards")
    func bytesUnchanged() throws {
        let database = try Database(at: directory.path)
        try database.put("a", "old", in: database.other)
        try database.put("b", "old", in: database.other)
        try database.flush(database.other)
        try write([("a", "new"), ("b", nil)])
        let content = try Data(contentsOf: URL(filePath: file))

        try database.ingest([file], into: database.other)

        #expect(try newestTable() == content)
        #expect(!FileManager.default.fileExists(atPath: file))
        #expect(try database.text("a", in: database.other) == "new")
        #expect(try database.text("b", in: database.other) == nil)
    }

    @Test("stays the newest among others with the same keys, in a database that is opened again and after compaction")
    func order() throws {
        let database = try Database(at: directory.path)
        for round in 1...5 {
            try write([("a", "\(round)"), ("b\(round)", "\(round)")])
            try database.ingest([file], into: database.other)
        }
        #expect(try database.text("a", in: database.other) == "5")
        database.close()

        let reopened = try Database(at: directory.path)
        #expect(try reopened.text("a", in: reopened.other) == "5")
        try reopened.compactRange(reopened.other)

        #expect(try reopened.text("a", in: reopened.other) == "5")
        #expect(try reopened.text("b1", in: reopened.other) == "1")
    }

    @Test("does not change what a snapshot of before shows")
    func snapshot() throws {
        let database = try Database(at: directory.path)
        try database.put("a", "old", in: database.other)
        try database.flush(database.other)
        let snapshot = try Snapshot(of: database)
        try write([("a", "new")])

        try database.ingest([file], into: database.other)

        #expect(try database.text("a", in: database.other, ReadOptions(snapshot: snapshot)) == "old")
        #expect(try database.text("a", in: database.other) == "new")
    }
}
