internal import CRocksDB

/// Builds a table file outside of a database, for `Database.ingest`. One thread.
///
/// Keys must come in the order of their bytes, each once.
package struct TableFileWriter: ~Copyable {
    private let pointer: OpaquePointer
    private let environment: OpaquePointer
    /// The writer keeps its address.
    private let options: NativeOptions

    /// Starts the file `path`, which must not exist: an existing file could be a second name of a file that belongs to
    /// a database, and would be emptied. `options` are those of a column family.
    package init(path: String, options: Options) throws(RocksDBError) {
        let native = try NativeOptions(options)
        // A constructor of RocksDB fails only when memory is exhausted, and that ends the process inside C++.
        let environment = rocksdb_envoptions_create()!
        let pointer = rocksdb_sstfilewriter_create(environment, native.pointer)!
        do throws(RocksDBError) {
            try calling("start a table file") { message in rocksdb_sstfilewriter_open(pointer, path, &message) }
        } catch {
            rocksdb_sstfilewriter_destroy(pointer)
            rocksdb_envoptions_destroy(environment)
            throw error
        }
        self.options = native
        self.environment = environment
        self.pointer = pointer
    }

    deinit {
        rocksdb_sstfilewriter_destroy(pointer)
        rocksdb_envoptions_destroy(environment)
    }

    package mutating func put(_ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) throws(RocksDBError) {
        try calling("add to a table file") { message in
            rocksdb_sstfilewriter_put(
                pointer, key.cCharacters, key.count, value.cCharacters, value.count, &message)
        }
    }

    /// Hides the value of `key` in older files.
    package mutating func delete(_ key: UnsafeRawBufferPointer) throws(RocksDBError) {
        try calling("add to a table file") { message in
            rocksdb_sstfilewriter_delete(pointer, key.cCharacters, key.count, &message)
        }
    }

    /// Completes the file and syncs it. Precondition: the file is not empty.
    package consuming func finish() throws(RocksDBError) {
        try calling("complete a table file") { message in rocksdb_sstfilewriter_finish(pointer, &message) }
    }
}
