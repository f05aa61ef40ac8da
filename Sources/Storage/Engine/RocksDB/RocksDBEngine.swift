internal import NIOConcurrencyHelpers
internal import RocksDB

/// RocksDB as the engine of a store: one database with a column family for each `StoreFamily`.
final class RocksDBEngine: StorageEngine {
    let database: Database
    private let log: RocksDBFamily
    private let metadata: RocksDBFamily
    /// In the order of their numbers.
    private let data: NIOLockedValueBox<[RocksDBFamily]>
    /// Nil for a database that is only looked at.
    private let pacer: WritePacer?
    private let keyValueOptions: Options
    private let tableFileOptions: Options
    private let snapshotFileOptions: Options

    /// Bytes in a second. A compaction leaves hundreds of megabytes of files that nobody needs. Where the file system
    /// tells the disk what is free, as ext4 does with `discard`, every sync waits while so much is freed at once.
    private static let deletionSpeed = 64 << 20

    /// Opens the database at `path`. `creating` permits RocksDB to create it.
    static func open(
        _ path: String, _ options: StorageOptions, creating: Bool
    ) throws(EngineError) -> RocksDBEngine {
        let engine = try translating { () throws(RocksDBError) in
            do throws(RocksDBError) {
                return try RocksDBEngine(path: path, options, creating: creating)
            } catch  where error.kind == .compressionNotLinked && options.compression != .none {
                // RocksDB refuses before it touches the disk.
                var uncompressed = options
                uncompressed.compression = .none
                return try RocksDBEngine(path: path, uncompressed, creating: creating)
            }
        }
        // The data that a snapshot has replaced may still be there.
        var files = 0
        for family in engine.data.withLockedValue({ $0 }) { files = max(files, try family.filesAtLevel0()) }
        engine.pacer?.found(filesAtLevel0: files)
        return engine
    }

    /// Opens the database at `path` to look at it: nothing on disk is changed or locked, but RocksDB removes files that
    /// were being deleted. `toleratingDamage` leaves out records of the write-ahead log that are damaged, instead of
    /// refusing.
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
        let names = try Self.families(at: path)
        let pacer = toLookAt ? nil : try WritePacer(trigger: StorageOptions.compactionTrigger)
        self.pacer = pacer
        database = try Database(
            path: path, options: databaseOptions,
            // RocksDB requires the first one; Skiff stores nothing in it.
            columnFamilies: [ColumnFamilyDescriptor(name: ColumnFamilyDescriptor.defaultName)]
                + names.map { ColumnFamilyDescriptor(name: $0.name, options: options.family($0)) },
            compactionSpeed: pacer?.compactions, deletionSpeed: toLookAt ? nil : Self.deletionSpeed,
            isReadOnly: toLookAt)
        // The handles have the order of the descriptors.
        let families = zip(names, database.columnFamilies.dropFirst()).map { [database] name, column in
            RocksDBFamily(name, column, of: database, pacer: pacer)
        }
        log = families[0]
        metadata = families[1]
        data = NIOLockedValueBox(Array(families[2...]))
        keyValueOptions = options.keyValue
        tableFileOptions = options.tableFile
        snapshotFileOptions = options.snapshotFile
    }

    /// The families to open: log, metadata, then those with data in the order of their numbers. RocksDB refuses to open
    /// a database unless all are named, and creates those that are missing because the creation of the database was cut
    /// off.
    private static func families(at path: String) throws(RocksDBError) -> [StoreFamily] {
        let names: [String]
        do throws(RocksDBError) {
            names = try Database.columnFamilyNames(at: path)
        } catch {
            // Why, the open says.
            return StoreFamily.ofNewDatabase
        }
        var numbers: [Int] = []
        for name in names where name != ColumnFamilyDescriptor.defaultName {
            guard let family = StoreFamily(name: name) else {
                throw RocksDBError(
                    operation: "open a database", kind: .invalidArgument,
                    message: "it has the column family \(name), which this release does not know")
            }
            if let number = family.dataNumber { numbers.append(number) }
        }
        if numbers.isEmpty { return StoreFamily.ofNewDatabase }
        return [.log, .metadata] + numbers.sorted().map { .data($0) }
    }

    var path: String { database.path }

    var isOpen: Bool { database.isOpen }

    func close() { database.close() }

    // MARK: Families

    func family(_ name: StoreFamily) -> (any EngineFamily)? { nativeFamily(name) }

    func nativeFamily(_ name: StoreFamily) -> RocksDBFamily? {
        switch name {
        case .log: log
        case .metadata: metadata
        case .data: data.withLockedValue { data in data.first { $0.name == name } }
        }
    }

    var dataFamilies: [Int] { data.withLockedValue { $0.compactMap(\.name.dataNumber) } }

    func createDataFamily(_ number: Int) throws(EngineError) -> any EngineFamily {
        let name = StoreFamily.data(number)
        precondition(nativeFamily(name) == nil, "the column family \(name.name) is created and exists")
        return try translating { () throws(RocksDBError) in
            try database.closeUnused()
            let column = try database.createColumnFamily(
                ColumnFamilyDescriptor(name: name.name, options: keyValueOptions))
            let family = RocksDBFamily(name, column, of: database, pacer: pacer)
            data.withLockedValue { data in
                let place = data.firstIndex { ($0.name.dataNumber ?? 0) > number } ?? data.endIndex
                data.insert(family, at: place)
            }
            return family
        }
    }

    func dropDataFamily(_ number: Int) throws(EngineError) {
        let name = StoreFamily.data(number)
        guard let family = nativeFamily(name) else {
            preconditionFailure("the column family \(name.name) is dropped and does not exist")
        }
        try translating { () throws(RocksDBError) in try database.drop(family.column) }
        data.withLockedValue { data in data.removeAll { $0 === family } }
    }

    var hasDroppedFamilies: Bool { database.hasDroppedFamilies }

    func freeDroppedFamilies() throws(EngineError) {
        try translating { () throws(RocksDBError) in try database.closeUnused() }
    }

    // MARK: Writing

    func makeBatch() -> any EngineBatch { RocksDBBatch(for: self) }

    func syncLog() throws(EngineError) {
        try translating { () throws(RocksDBError) in try database.flushWAL(sync: true) }
    }

    // MARK: Reading

    func makeSnapshot() throws(EngineError) -> any EngineSnapshot {
        try translating { () throws(RocksDBError) in RocksDBSnapshot(try Snapshot(of: database)) }
    }

    // MARK: Table files

    func writeTableFile(_ path: String, _ rows: [TableRow]) throws(EngineError) {
        try translating { () throws(RocksDBError) in
            var writer = try TableFileWriter(
                path: path, options: tableFileOptions, keepsPages: true, speed: pacer?.tables)
            for row in rows {
                if let record = row.record { try writer.put(row.key, record) } else { try writer.delete(row.key) }
            }
            try writer.finish()
        }
        pacer?.wrote(bytes: rows.reduce(0) { $0 + $1.key.count + ($1.record?.count ?? 0) })
    }

    func hurryTableFiles(_ isHurrying: Bool) { pacer?.hurryTables(isHurrying) }

    func startTableFile(_ path: String) throws(EngineError) -> any EngineTableFile {
        try translating { () throws(RocksDBError) in
            RocksDBTableFile(try TableFileWriter(path: path, options: snapshotFileOptions, keepsPages: false))
        }
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
