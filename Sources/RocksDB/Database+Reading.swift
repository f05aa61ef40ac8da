internal import CRocksDB

extension Database {
    /// Calls `body` with the value of `key`, or nil if there is none. A value in the block cache is not copied. The
    /// bytes are valid only within `body`.
    package func withValue<Result>(
        forKey key: UnsafeRawBufferPointer, in family: ColumnFamily, _ options: borrowing ReadOptions,
        _ body: (UnsafeRawBufferPointer?) -> Result
    ) throws(RocksDBError) -> Result {
        let place = try enter("read a value")
        defer { leave(place) }
        let optionsPointer = options.pointer
        let pinned = try calling("read a value") { message in
            rocksdb_get_pinned_cf(pointer, optionsPointer, family.pointer, key.cCharacters, key.count, &message)
        }
        guard let pinned else { return body(nil) }
        defer { rocksdb_pinnableslice_destroy(pinned) }
        var count = 0
        let start = rocksdb_pinnableslice_value(pinned, &count)
        return body(UnsafeRawBufferPointer(start: start, count: count))
    }

    // MARK: Properties

    /// The value of a property such as `rocksdb.stats`, or nil if RocksDB knows no property of that name.
    package func property(_ name: String, of family: ColumnFamily) throws(RocksDBError) -> String? {
        let place = try enter("read a property")
        defer { leave(place) }
        guard let text = rocksdb_property_value_cf(pointer, family.pointer, name) else { return nil }
        defer { rocksdb_free(text) }
        return String(cString: text)
    }
}
