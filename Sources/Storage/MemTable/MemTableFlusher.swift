internal import Glibc
internal import HotPath
internal import RocksDB

/// The flush thread: writes full tables, oldest first, to table files of `kv`. A file also holds the record of the
/// applied index and enters the database as a whole, so a crash leaves the state after some batch.
///
/// After the first failure nothing is written any more, and every waiting caller gets the failure.
///
/// `@unchecked Sendable`: mutable state is touched only with `monitor` locked.
final class MemTableFlusher: @unchecked Sendable {
    private let store: StoreDatabase
    private let tableOptions: Options
    private let path: String
    private let facts: StoreFacts
    private let monitor = Monitor()
    /// Tables that are not in the database, oldest first.
    private var waiting: [MemTable] = []
    private var isWriting = false
    private var isClosed = false
    private var failure: StoreFailure?
    private var failureHandler: (@Sendable (StoreFailure) -> Void)?
    private var thread: DedicatedThread?

    /// `path` names a file that exists only while a table is written. The leftover of an earlier process is removed
    /// when the first table is written.
    init(_ store: StoreDatabase, _ tableOptions: Options, path: String, _ facts: StoreFacts) {
        self.store = store
        self.tableOptions = tableOptions
        self.path = path
        self.facts = facts
        thread = DedicatedThread(name: "skiff-flush") { [self] in run() }
    }

    /// Sets the handler that is called once, on the flush thread, if a table cannot be written: after a failed sync the
    /// content of the disk is unknown, and the node must not continue (rule R3 of `Docs/HotPath.md`). Any thread.
    func onFailure(_ handler: @escaping @Sendable (StoreFailure) -> Void) {
        monitor.withLock { failureHandler = handler }
    }

    /// Takes a table that receives no more versions.
    func submit(_ table: MemTable) throws(StoreFailure) {
        try monitor.withLock { () throws(StoreFailure) in
            if let failure { throw failure }
            precondition(!isClosed, "a table is handed to a flush thread that has ended")
            waiting.append(table)
        }
        monitor.signal()
    }

    /// Waits until at most `count` submitted tables are not in the database yet.
    func wait(untilAtMost count: Int) throws(StoreFailure) {
        try monitor.withLock { () throws(StoreFailure) in
            while waiting.count > count, failure == nil { monitor.wait() }
            if let failure { throw failure }
        }
    }

    /// Forgets the tables that are not in the database yet. When this returns, the thread uses none of them.
    func discard() {
        monitor.withLock {
            // The thread may be writing the first one.
            while isWriting { monitor.wait() }
            waiting.removeAll()
        }
    }

    /// Writes all submitted tables, unless a write failed before, and ends the thread.
    func close() {
        monitor.withLock { isClosed = true }
        monitor.signal()
        thread?.join()
        thread = nil
    }

    // MARK: The thread

    private func run() {
        while let table = next() {
            let result = Result { () throws(StoreFailure) in try write(table) }
            let handler: (@Sendable (StoreFailure) -> Void)? = monitor.withLock {
                isWriting = false
                switch result {
                case .success:
                    waiting.removeFirst()
                    return nil
                case .failure(let error):
                    failure = error
                    return failureHandler
                }
            }
            monitor.signal()
            if case .failure(let error) = result { handler?(error) }
        }
    }

    /// The oldest table; nil when the thread must end.
    private func next() -> MemTable? {
        monitor.withLock {
            while waiting.isEmpty, !isClosed { monitor.wait() }
            guard failure == nil, let first = waiting.first else { return nil }
            isWriting = true
            return first
        }
    }

    private func write(_ table: MemTable) throws(StoreFailure) {
        try removeLeftover()
        do throws(RocksDBError) {
            try writeFile(of: table)
            try waitForCompaction()
            try store.database.ingest(path, into: store.keyValue)
            facts.noteDatabase(records: try store.keyValueRecordCount(), leavingMemory: table.keyCount)
        } catch {
            throw StoreFailure("write the key-value data up to \(table.applied.last)", error)
        }
    }

    /// Bounds the number of files that a read may have to search: RocksDB 7.8 merges ingested files of level 0 only
    /// into the next level, one compaction at a time, and its own brake is off because it would stop the log as well.
    /// The C API has no notice of the end of a compaction, so this polls.
    private func waitForCompaction() throws(RocksDBError) {
        while try store.database.integerProperty(Self.fileCountProperty, of: store.keyValue) ?? 0 >= Self.filesMax {
            if monitor.withLock({ isClosed }) { return }
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
