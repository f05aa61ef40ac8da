internal import RocksDB

/// RocksDB as the engine of a store: one database with a column family for each `StoreFamily`.
///
/// `@unchecked Sendable`: `Database` takes calls on any thread, and the read options never change.
final class RocksDBEngine: StorageEngine, @unchecked Sendable {
    let database: Database
    private let log: ColumnFamily
    private let metadata: ColumnFamily
    private let keyValue: ColumnFamily
    private let tableFileOptions: Options
    private let reads = ReadOptions()
    private let memoryReads = ReadOptions(tier: .blockCache)

    /// Opens the database at `path`. `creating` permits RocksDB to create it.
    static func open(
        _ path: String, _ options: StorageOptions, creating: Bool
    ) throws(EngineError) -> RocksDBEngine {
        try translating { () throws(RocksDBError) in
            do throws(RocksDBError) {
                return try RocksDBEngine(path: path, options, creating: creating)
            } catch  where error.kind == .compressionNotLinked && options.compression != .none {
                // RocksDB refuses before it touches the disk.
                var uncompressed = options
                uncompressed.compression = .none
                return try RocksDBEngine(path: path, uncompressed, creating: creating)
            }
        }
    }

    /// Opens the database at `path` to look at it: nothing on disk is changed or locked. `toleratingDamage` leaves out
    /// records of the write-ahead log that are damaged, instead of refusing.
    static func openReadOnly(_ path: String, toleratingDamage: Bool) throws(EngineError) -> RocksDBEngine {
        try translating { () throws(RocksDBError) in
            var options = StorageOptions()
            options.compression = .none
            return try RocksDBEngine(path: path, options, creating: false, toLookAt: true, toleratingDamage)
        }
    }

    private init(
        path: String, _ options: StorageOptions, creating: Bool, toLookAt: Bool = false,
        _ toleratingDamage: Bool = false
    ) throws(RocksDBError) {
        var databaseOptions = options.database(creating: creating)
        if toleratingDamage {
            databaseOptions["wal_recovery_mode"] = "kSkipAnyCorruptedRecords"
            databaseOptions["paranoid_checks"] = false
        }
        database = try Database(
            path: path, options: databaseOptions,
            columnFamilies: [
                // RocksDB requires it; Skiff stores nothing in it.
                ColumnFamilyDescriptor(name: ColumnFamilyDescriptor.defaultName),
                ColumnFamilyDescriptor(name: StoreFamily.log.name, options: options.raftLog),
                ColumnFamilyDescriptor(name: StoreFamily.metadata.name, options: options.raftMeta),
                ColumnFamilyDescriptor(name: StoreFamily.keyValue.name, options: options.keyValue),
            ], isReadOnly: toLookAt)
        // The handles have the order of the descriptors.
        log = database.columnFamilies[1]
        metadata = database.columnFamilies[2]
        keyValue = database.columnFamilies[3]
        tableFileOptions = options.tableFile
    }

    var path: String { database.path }

    var isOpen: Bool { database.isOpen }

    func close() { database.close() }

    func columnFamily(_ family: StoreFamily) -> ColumnFamily {
        switch family {
        case .log: log
        case .metadata: metadata
        case .keyValue: keyValue
        }
    }

    // MARK: Writing

    func makeBatch() -> any EngineBatch { RocksDBBatch(for: self) }

    func syncLog() throws(EngineError) {
        try translating { () throws(RocksDBError) in try database.flushWAL(sync: true) }
    }

    func flush(_ family: StoreFamily) throws(EngineError) {
        try translating { () throws(RocksDBError) in try database.flush(columnFamily(family)) }
    }

    // MARK: Reading

    func withValue(
        forKey key: UnsafeRawBufferPointer, in family: StoreFamily, onlyInMemory: Bool,
        _ body: (UnsafeRawBufferPointer?) -> Void
    ) throws(EngineError) {
        do throws(RocksDBError) {
            if onlyInMemory {
                try database.withValue(forKey: key, in: columnFamily(family), memoryReads, body)
            } else {
                try database.withValue(forKey: key, in: columnFamily(family), reads, body)
            }
        } catch {
            throw EngineError(error)
        }
    }

    func makeIterator(
        over family: StoreFamily, from lower: UnsafeRawBufferPointer?, upTo upper: UnsafeRawBufferPointer?
    ) throws(EngineError) -> any EngineIterator {
        try translating { () throws(RocksDBError) in
            let options = ReadOptions(fillCache: false, lowerBound: lower, upperBound: upper)
            return RocksDBIterator(try Iterator(over: columnFamily(family), of: database, options))
        }
    }

    func number(_ property: EngineProperty, of family: StoreFamily) throws(EngineError) -> UInt64 {
        try translating { () throws(RocksDBError) in
            try database.integerProperty(property.name, of: columnFamily(family)) ?? 0
        }
    }

    // MARK: Table files

    func writeTableFile(_ path: String, _ rows: [TableRow]) throws(EngineError) {
        try translating { () throws(RocksDBError) in
            var writer = try TableFileWriter(path: path, options: tableFileOptions)
            for row in rows {
                if let record = row.record { try writer.put(row.key, record) } else { try writer.delete(row.key) }
            }
            try writer.finish()
        }
    }

    func ingest(_ path: String, into family: StoreFamily) throws(EngineError) {
        try translating { () throws(RocksDBError) in try database.ingest(path, into: columnFamily(family)) }
    }
}

/// Makes calls of RocksDB whose errors become those of the port.
func translating<Result>(_ calls: () throws(RocksDBError) -> Result) throws(EngineError) -> Result {
    do throws(RocksDBError) {
        return try calls()
    } catch {
        throw EngineError(error)
    }
}

extension EngineProperty {
    fileprivate var name: String {
        switch self {
        case .filesAtLevel0: "rocksdb.num-files-at-level0"
        case .recordCount: "rocksdb.estimate-num-keys"
        }
    }
}
