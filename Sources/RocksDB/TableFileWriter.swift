internal import CRocksDB
internal import CRocksDBAdditions

/// Builds a table file outside of a database, for `Database.ingest`. One thread.
///
/// Keys must come in the order of their bytes, each once.
package struct TableFileWriter: ~Copyable {
    private let pointer: OpaquePointer
    /// The writer keeps the addresses of both.
    private let options: NativeOptions
    private let speed: SpeedLimit?

    /// Starts the file `path`, which must not exist: an existing file could be a second name of a file that belongs to
    /// a database, and would be emptied. `options` are those of a column family. With `keepsPages` the file stays in
    /// the page cache, for whoever reads it soon: a compaction reads a file that was dropped from the disk again. With
    /// `speed` the disk gets the file bit by bit, and others get their turn in between.
    package init(
        path: String, options: Options, keepsPages: Bool, speed: SpeedLimit? = nil
    ) throws(RocksDBError) {
        let native = try NativeOptions(options)
        guard
            let pointer = skiff_rocksdb_tablewriter_create(native.pointer, keepsPages ? 1 : 0, speed?.pointer)
        else {
            throw .otherLibrary(for: "start a table file")
        }
        do throws(RocksDBError) {
            try calling("start a table file") { message in skiff_rocksdb_tablewriter_open(pointer, path, &message) }
        } catch {
            skiff_rocksdb_tablewriter_destroy(pointer)
            throw error
        }
        self.options = native
        self.speed = speed
        self.pointer = pointer
    }

    deinit { skiff_rocksdb_tablewriter_destroy(pointer) }

    package mutating func put(_ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) throws(RocksDBError) {
        try calling("add to a table file") { message in
            skiff_rocksdb_tablewriter_put(
                pointer, key.cCharacters, key.count, value.cCharacters, value.count, &message)
        }
    }

    /// Hides the value of `key` in older files.
    package mutating func delete(_ key: UnsafeRawBufferPointer) throws(RocksDBError) {
        try calling("add to a table file") { message in
            skiff_rocksdb_tablewriter_delete(pointer, key.cCharacters, key.count, &message)
        }
    }

    /// Completes the file and syncs it. Precondition: the file is not empty.
    package consuming func finish() throws(RocksDBError) {
        try calling("complete a table file") { message in skiff_rocksdb_tablewriter_finish(pointer, &message) }
    }
}
