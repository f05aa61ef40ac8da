internal import Glibc
internal import HotPath
internal import RocksDB

/// The flush thread: writes full tables, oldest first, to table files of `kv`. A file holds the record of the applied
/// index too and enters the database whole, so what a crash leaves is the state after some batch.
///
/// The first failure ends the work: nothing is written any more, and everybody who waits gets the failure.
///
/// `@unchecked Sendable`: what changes is touched only with `monitor` locked.
final class MemTableFlusher: @unchecked Sendable {
    private let store: StoreDatabase
    private let tableOptions: Options
    private let path: String
    private let monitor = Monitor()
    /// Tables that are not in the database, oldest first.
    private var waiting: [MemTable] = []
    private var isWriting = false
    private var isClosed = false
    private var failure: StoreFailure?
    private var failureHandler: (@Sendable (StoreFailure) -> Void)?
    private var thread: DedicatedThread?

    /// `path` names a file that exists only while a table is written. One that an earlier process left behind goes when
    /// the first table is written.
    init(_ store: StoreDatabase, _ tableOptions: Options, path: String) {
        self.store = store
        self.tableOptions = tableOptions
        self.path = path
        thread = DedicatedThread(name: "skiff-flush") { [self] in run() }
    }

    /// Called once, on the flush thread, if a table cannot be written: what a disk holds after a failed sync is
    /// unknown, and the node must not go on (hot-path rule R3). Any thread.
    func onFailure(_ handler: @escaping @Sendable (StoreFailure) -> Void) {
        monitor.withLock { failureHandler = handler }
    }

    /// Takes a table that gets no more versions.
    func submit(_ table: MemTable) throws(StoreFailure) {
        try monitor.withLock { () throws(StoreFailure) in
            if let failure { throw failure }
            precondition(!isClosed, "a table is handed to a flush thread that has ended")
            waiting.append(table)
        }
        monitor.signal()
    }

    /// Submitted tables that are not in the database.
    var waitingCount: Int { monitor.withLock { waiting.count } }

    /// Waits until at most so many submitted tables are not in the database.
    func wait(untilAtMost count: Int) throws(StoreFailure) {
        try monitor.withLock { () throws(StoreFailure) in
            while waiting.count > count, failure == nil { monitor.wait() }
            if let failure { throw failure }
        }
    }

    /// Forgets the tables that are not in the database yet, and waits until the thread touches none.
    func discard() {
        monitor.withLock {
            // The first one may be in the thread's hands.
            while isWriting { monitor.wait() }
            waiting.removeAll()
        }
    }

    /// Writes what is submitted, unless that failed before, and ends the thread.
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

    /// The oldest table; nil when there is nothing more to do for ever.
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
        } catch {
            throw StoreFailure("write the key-value data up to \(table.applied.last)", error)
        }
    }

    /// Keeps the number of files that a read may have to look into within bounds: RocksDB 7.8 merges ingested files of
    /// level 0 only into the next level, one compaction at a time, and its own brake is off because it would stop the
    /// log as well. RocksDB tells nobody of C when a compaction ends, so this has to look.
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
        // The store's own records come before all users'.
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

    /// A crash may have left a second name of a file that the database has taken over: writing to it would destroy
    /// data.
    private func removeLeftover() throws(StoreFailure) {
        guard unlink(path) != 0, errno != ENOENT else { return }
        throw StoreFailure(operation: "remove \(path)", message: String(cString: strerror(errno)))
    }
}
