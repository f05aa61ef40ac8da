internal import CRocksDB

/// Operations that take effect together and in the order in which they were added. Keeps its memory when cleared, so
/// one batch serves a thread for its whole life. Keys and values are copied into the batch.
package struct WriteBatch: ~Copyable {
    let pointer: OpaquePointer

    package init() {
        // A constructor of RocksDB fails only when memory is exhausted, and that ends the process inside C++.
        pointer = rocksdb_writebatch_create()!
    }

    deinit { rocksdb_writebatch_destroy(pointer) }

    /// The number of operations.
    package var count: Int { Int(rocksdb_writebatch_count(pointer)) }

    /// Size of the batch in the write-ahead log, in bytes.
    package var encodedBytes: Int {
        var size = 0
        _ = rocksdb_writebatch_data(pointer, &size)
        return size
    }

    package mutating func put(
        _ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer, in family: ColumnFamily
    ) {
        rocksdb_writebatch_put_cf(
            pointer, family.pointer, key.cCharacters, key.count, value.cCharacters, value.count)
    }

    package mutating func delete(_ key: UnsafeRawBufferPointer, in family: ColumnFamily) {
        rocksdb_writebatch_delete_cf(pointer, family.pointer, key.cCharacters, key.count)
    }

    /// Deletes the keys from `lower` (included) to `upper` (not included).
    package mutating func deleteRange(
        from lower: UnsafeRawBufferPointer, upTo upper: UnsafeRawBufferPointer, in family: ColumnFamily
    ) {
        rocksdb_writebatch_delete_range_cf(
            pointer, family.pointer, lower.cCharacters, lower.count, upper.cCharacters, upper.count)
    }

    /// Removes the operations and keeps the memory.
    package mutating func clear() { rocksdb_writebatch_clear(pointer) }
}
