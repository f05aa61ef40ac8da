internal import CRocksDB

extension Database {
    /// Makes a file of `TableFileWriter` part of `family` as its newest data: all of it or none, and durable when this
    /// returns. The file must be on the file system of the database and is moved. Blocks writers while the manifest is
    /// synced.
    package func ingest(_ path: String, into family: ColumnFamily) throws(RocksDBError) {
        try requireOpen("ingest a table file")
        let options = rocksdb_ingestexternalfileoptions_create()!
        defer { rocksdb_ingestexternalfileoptions_destroy(options) }
        rocksdb_ingestexternalfileoptions_set_move_files(options, 1)
        try calling("ingest a table file") { message in
            path.withCString { name in
                var names: UnsafePointer<CChar>? = name
                rocksdb_ingest_external_file_cf(pointer, family.pointer, &names, 1, options, &message)
            }
        }
    }
}
