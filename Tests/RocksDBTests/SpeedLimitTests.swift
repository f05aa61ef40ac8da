import Dispatch
import Glibc
import RocksDB
import Testing

@Suite("A limit to the speed of compactions")
struct SpeedLimitTests {
    let directory = TemporaryDirectory()
    private let limit: SpeedLimit
    private let database: Database

    init() throws {
        // A compaction of the megabytes below would take many minutes.
        limit = try SpeedLimit(bytesPerSecond: 8_192)
        database = try Database(
            path: directory.path, options: ["create_if_missing": true, "create_missing_column_families": true],
            columnFamilies: [
                ColumnFamilyDescriptor(name: "default"),
                // The options of a database do not hold for its families. A compaction that begins by itself could be
                // taken for the one that the test asks for.
                ColumnFamilyDescriptor(
                    name: "other", options: ["disable_auto_compactions": true, "compression": "kNoCompression"]),
            ],
            compactionSpeed: limit)
    }

    private func flushMegabyte(_ key: String) throws {
        try database.put(key, String(repeating: key, count: 1_000_000), in: database.other)
        // Files that do not overlap would be moved and not written again.
        for key in ["0", "z"] { try database.put(key, "", in: database.other) }
        try database.flush(database.other)
    }

    /// Returns its path.
    @discardableResult
    private func writeTable(megabytes: Int, _ limit: SpeedLimit) throws -> String {
        let path = "\(directory.path)/new"
        var writer = try TableFileWriter(
            path: path, options: ["compression": "kNoCompression"], keepsPages: true, speed: limit)
        for number in 100..<100 + megabytes {
            try withBytes("\(number)") { key throws(RocksDBError) in
                try withBytes(String(repeating: "v", count: 1_000_000)) { value throws(RocksDBError) in
                    try writer.put(key, value)
                }
            }
        }
        try writer.finish()
        return path
    }

    @Test("holds up a table file as well, which is complete then")
    func tableFile() throws {
        limit.set(bytesPerSecond: 64 << 20)
        let path = try writeTable(megabytes: 8, limit)

        #expect(limit.bytesThrough >= 8_000_000)
        try database.ingest([path], into: database.other)
        #expect(try database.text("107", in: database.other)?.count == 1_000_000)
    }

    @Test("lets nobody ask for more at once than it may refill once it is at its lowest again")
    func requests() throws {
        let limit = try SpeedLimit(bytesPerSecond: 1 << 20)
        limit.set(bytesPerSecond: 1 << 30)
        try writeTable(megabytes: 8, limit)

        // A twentieth of a second's worth, of a buffer of a mebibyte.
        #expect(limit.bytesThrough / limit.requestsThrough <= (1 << 20) / 20)
    }

    private func isCompacting() throws -> Bool {
        try database.property("rocksdb.num-running-compactions", of: database.other) != "0"
    }

    private func filesAtLevel0() throws -> String? {
        try database.property("rocksdb.num-files-at-level0", of: database.other)
    }

    @Test("holds up a compaction, lets flushes pass meanwhile, and can be raised while it works")
    func compaction() throws {
        for key in ["a", "b", "c", "d"] { try flushMegabyte(key) }

        let end = DispatchSemaphore(value: 0)
        DispatchQueue.global().async { [database] in
            try? database.compactRange(database.other)
            end.signal()
        }
        while try !isCompacting(), end.wait(timeout: .now()) == .timedOut { sched_yield() }
        for key in ["e", "f", "g", "h"] { try flushMegabyte(key) }

        try #require(try isCompacting())
        #expect(try filesAtLevel0() == "8")
        limit.set(bytesPerSecond: 1 << 30)
        end.wait()
        #expect(try filesAtLevel0() != "8")
    }
}
