internal import HotPath
internal import RocksDB

/// The database of a node with the handles of its column families. They are opened and closed together.
struct StoreDatabase {
    enum FamilyName {
        /// RocksDB requires it; Skiff stores nothing in it.
        static let unused = ColumnFamilyDescriptor.defaultName
        static let log = "raft_log"
        static let meta = "raft_meta"
        static let keyValue = "kv"
    }

    let database: Database
    let log: ColumnFamily
    let meta: ColumnFamily
    let keyValue: ColumnFamily
    /// For look-ups in `keyValue` on event loops.
    let lookUps: LookUpGuard

    /// Opens the database at `path`. `creating` permits RocksDB to create it.
    init(path: String, options: StorageOptions, creating: Bool) throws(RocksDBError) {
        do throws(RocksDBError) {
            try self.init(path: path, exactly: options, creating: creating)
        } catch  where error.kind == .compressionNotLinked && options.compression != .none {
            // RocksDB refuses before it touches the disk.
            var uncompressed = options
            uncompressed.compression = .none
            try self.init(path: path, exactly: uncompressed, creating: creating)
        }
    }

    private init(path: String, exactly options: StorageOptions, creating: Bool) throws(RocksDBError) {
        lookUps = LookUpGuard(slowNanoseconds: options.slowLookUpNanoseconds)
        database = try Database(
            path: path, options: options.database(creating: creating),
            columnFamilies: [
                ColumnFamilyDescriptor(name: FamilyName.unused),
                ColumnFamilyDescriptor(name: FamilyName.log, options: options.raftLog),
                ColumnFamilyDescriptor(name: FamilyName.meta, options: options.raftMeta),
                ColumnFamilyDescriptor(name: FamilyName.keyValue, options: options.keyValue),
            ])
        // The handles have the order of the descriptors.
        log = database.columnFamilies[1]
        meta = database.columnFamilies[2]
        keyValue = database.columnFamilies[3]
    }

    /// Finds out whether RocksDB's lock is free, with a call that always takes it. Not on an event loop.
    func probeLookUps() throws(RocksDBError) {
        let start = LookUpGuard.now()
        _ = try database.integerProperty("rocksdb.num-files-at-level0", of: keyValue)
        lookUps.probed(since: start)
    }

    /// RocksDB's estimate of the records in `keyValue`. Takes RocksDB's lock: not on an event loop.
    func keyValueRecordCount() throws(RocksDBError) -> UInt64 {
        try database.integerProperty("rocksdb.estimate-num-keys", of: keyValue) ?? 0
    }

    /// Call before a batch is filled: unlike the calls of `Database`, a batch does not notice that the database is
    /// closed.
    func requireOpen(for operation: String) throws(StoreFailure) {
        guard database.isOpen else {
            throw StoreFailure(operation: operation, message: "the store of this node was closed before")
        }
    }
}
