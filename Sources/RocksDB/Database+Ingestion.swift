internal import CRocksDB
internal import CRocksDBAdditions

extension Database {
    /// Makes files of `TableFileWriter` part of `family` as its newest data: all of them or none, and durable when this
    /// returns. They must be on the file system of the database and are moved; their bytes stay as they are. Of several
    /// files no two may overlap. Blocks writers while the manifest is synced.
    package func ingest(_ paths: [String], into family: ColumnFamily) throws(RocksDBError) {
        let place = try enter("ingest a table file")
        defer { leave(place) }
        let options = rocksdb_ingestexternalfileoptions_create()!
        defer { rocksdb_ingestexternalfileoptions_destroy(options) }
        rocksdb_ingestexternalfileoptions_set_move_files(options, 1)
        // The manifest says how young the file is. For the sake of older releases RocksDB 7.8 would write that into the
        // file as well and sync it, while it holds the lock that every other call needs.
        precondition(
            skiff_rocksdb_set_write_global_seqno(options, 0) != 0,
            "a database is open although the RocksDB library differs from the headers")
        try calling("ingest a table file") { message in
            Self.withCStrings(paths) { names in
                rocksdb_ingest_external_file_cf(pointer, family.pointer, names, paths.count, options, &message)
            }
        }
    }
}
