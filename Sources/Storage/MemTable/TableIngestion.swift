internal import Glibc
internal import HotPath
internal import RocksDB
internal import Synchronization

/// Makes a table in memory a table file of `kv`. The file also holds the record of the applied index and enters the
/// database as a whole, so a crash leaves the state after some batch. Flush thread only, except for `hurry`.
final class TableIngestion: TableDestination {
    /// Not a name that RocksDB uses: it leaves unknown files alone.
    static let fileName = "memtable.new"

    private let store: StoreDatabase
    private let facts: StoreFacts
    private let tableOptions: Options
    /// Names a file that exists only while a table is written. The leftover of an earlier process is removed when the
    /// first table is written.
    private let path: String
    private let isHurrying = Atomic<Bool>(false)

    init(_ store: StoreDatabase, _ facts: StoreFacts, _ tableOptions: Options) {
        self.store = store
        self.facts = facts
        self.tableOptions = tableOptions
        path = "\(store.database.path)/\(Self.fileName)"
    }

    func write(_ table: MemTable) throws(StoreFailure) {
        try removeLeftover()
        do throws(RocksDBError) {
            try writeFile(of: table)
            try waitForCompaction()
            store.lookUps.ingestionBegins()
            defer { store.lookUps.ingestionEnded() }
            try store.database.ingest(path, into: store.keyValue)
            facts.noteDatabase(records: try store.keyValueRecordCount(), leavingMemory: table.keyCount)
        } catch {
            throw StoreFailure("write the key-value data up to \(table.applied.last)", error)
        }
    }

    func hurry() { isHurrying.store(true, ordering: .releasing) }

    /// Bounds the number of files that a read may have to search: RocksDB 7.8 merges ingested files of level 0 only
    /// into the next level, one compaction at a time, and its own brake is off because it would stop the log as well.
    /// The C API has no notice of the end of a compaction, so this polls.
    private func waitForCompaction() throws(RocksDBError) {
        while try store.database.integerProperty(Self.fileCountProperty, of: store.keyValue) ?? 0 >= Self.filesMax {
            if isHurrying.load(ordering: .acquiring) { return }
            usleep(10_000)
        }
    }

    private static let fileCountProperty = "rocksdb.num-files-at-level0"
    private static let filesMax = 48

    private func writeFile(of table: MemTable) throws(RocksDBError) {
        var writer = try TableFileWriter(path: path, options: tableOptions)
        // The store's own records come before all records of users.
        var record = [UInt8](repeating: 0, count: AppliedRecord.encodedBytes)
        record.withUnsafeMutableBytes { table.applied.encode(into: $0) }
        try KeyValueKey.applied.withRawBytes { key throws(RocksDBError) in
            try record.withRawBytes { record throws(RocksDBError) in try writer.put(key, record) }
        }
        for row in table.sortedRows() {
            if let record = row.record { try writer.put(row.key, record) } else { try writer.delete(row.key) }
        }
        try writer.finish()
    }

    /// A crash may have left a second name of a file that belongs to the database by now: writing to it would destroy
    /// data.
    private func removeLeftover() throws(StoreFailure) {
        guard unlink(path) != 0, errno != ENOENT else { return }
        throw StoreFailure(operation: "remove \(path)", message: String(cString: strerror(errno)))
    }
}
