import RocksDB
import Testing

@Suite("A write batch")
struct WriteBatchTests {
    let directory = TemporaryDirectory()

    @Test("takes effect in the order of its operations, over several families at once")
    func order() throws {
        let database = try Database(at: directory.path)
        let first = database.columnFamilies[0]
        var batch = WriteBatch()

        try batch.put("key", "1", in: first)
        try batch.delete("key", in: first)
        try batch.put("key", "2", in: first)
        try batch.put("key", "3", in: database.other)
        try batch.delete("key", in: database.other)

        #expect(batch.count == 5)
        try database.write(batch)
        #expect(try database.text("key", in: first) == "2")
        #expect(try database.text("key", in: database.other) == nil)
    }

    @Test("does nothing before it is written, and nothing after it was cleared")
    func clearing() throws {
        let database = try Database(at: directory.path)
        var batch = WriteBatch()

        try batch.put("key", "value", in: database.other)
        #expect(try database.text("key", in: database.other) == nil)
        batch.clear()
        try database.write(batch)

        #expect(batch.count == 0)
        #expect(try database.text("key", in: database.other) == nil)
    }

    @Test("deletes a range without its upper end, and what is put later in the batch stays")
    func deleteRange() throws {
        let database = try Database(at: directory.path)
        for key in ["a", "b", "c", "d"] { try database.put(key, "old", in: database.other) }
        var batch = WriteBatch()

        try withBytes("b") { lower throws(RocksDBError) in
            try withBytes("d") { upper throws(RocksDBError) in
                batch.deleteRange(from: lower, upTo: upper, in: database.other)
            }
        }
        try batch.put("c", "new", in: database.other)
        try database.write(batch)

        let values = try ["a", "b", "c", "d"].map { try database.text($0, in: database.other) }
        #expect(values == ["old", nil, "new", "old"])
    }

    @Test("knows how many bytes it takes")
    func size() throws {
        let database = try Database(at: directory.path)
        var batch = WriteBatch()
        // A sequence number and a count.
        #expect(batch.encodedBytes == 12)

        try batch.put("key", "value", in: database.columnFamilies[0])

        // A tag, and two strings with their sizes.
        #expect(batch.encodedBytes == 12 + 1 + 4 + 6)
    }
}
