internal import CRocksDB

/// Walks the keys of one column family in the order of their bytes, in the state at its creation. A new iterator stands
/// on no key: seek first. One thread at a time.
///
/// An invalid iterator is either past an end or stopped by an error: `checkStatus` says which.
package struct Iterator: ~Copyable {
    private let database: Database
    /// Open as long as the iterator.
    private let family: ColumnFamily
    private let options: ReadOptions
    private let pointer: OpaquePointer

    package init(
        over family: ColumnFamily, of database: Database, _ options: consuming ReadOptions
    ) throws(RocksDBError) {
        let optionsPointer = options.pointer
        pointer = try database.makeDependent("create an iterator") { database in
            // RocksDB reports errors of an iterator through its status, so it always returns an iterator.
            rocksdb_create_iterator_cf(database, optionsPointer, family.pointer)!
        }
        self.database = database
        self.family = family
        self.options = options
    }

    deinit {
        rocksdb_iter_destroy(pointer)
        database.removeDependent()
    }

    /// Whether the iterator stands on a key.
    package var isValid: Bool { rocksdb_iter_valid(pointer) != 0 }

    /// The key, until the iterator moves. Precondition: `isValid`.
    package var key: UnsafeRawBufferPointer {
        precondition(isValid, "an iterator that stands on no key is asked for it")
        var count = 0
        let start = rocksdb_iter_key(pointer, &count)
        return UnsafeRawBufferPointer(start: start, count: count)
    }

    /// The value, until the iterator moves. Precondition: `isValid`.
    package var value: UnsafeRawBufferPointer {
        precondition(isValid, "an iterator that stands on no key is asked for its value")
        var count = 0
        let start = rocksdb_iter_value(pointer, &count)
        return UnsafeRawBufferPointer(start: start, count: count)
    }

    package mutating func seekToFirst() { rocksdb_iter_seek_to_first(pointer) }

    package mutating func seekToLast() { rocksdb_iter_seek_to_last(pointer) }

    /// Moves to the first key at or after `key`.
    package mutating func seek(to key: UnsafeRawBufferPointer) {
        rocksdb_iter_seek(pointer, key.cCharacters, key.count)
    }

    /// Moves to the last key at or before `key`.
    package mutating func seekBackward(to key: UnsafeRawBufferPointer) {
        rocksdb_iter_seek_for_prev(pointer, key.cCharacters, key.count)
    }

    /// Precondition: `isValid`.
    package mutating func next() {
        precondition(isValid, "an iterator that stands on no key is moved on")
        rocksdb_iter_next(pointer)
    }

    /// Precondition: `isValid`.
    package mutating func previous() {
        precondition(isValid, "an iterator that stands on no key is moved back")
        rocksdb_iter_prev(pointer)
    }

    /// Throws the error that stopped the iterator, if there is one. Call whenever the iterator has become invalid.
    package func checkStatus() throws(RocksDBError) {
        try calling("iterate") { message in rocksdb_iter_get_error(pointer, &message) }
    }
}
