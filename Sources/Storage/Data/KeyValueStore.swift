package import HotPath
package import KeyValue
internal import NIOConcurrencyHelpers
package import RaftCore
internal import RocksDB
internal import Synchronization

/// The key-value data: the newest records in tables in memory, everything else in the family `kv`.
///
/// Written without RocksDB's write-ahead log: the Raft log is the one. A full table becomes one file that holds the
/// record of the applied index too, so what a crash leaves is the state after some batch, and its record says which
/// entries to apply again.
///
/// A batch becomes visible as a whole, when its last revision is published: until then readers pass over its versions.
///
/// `@unchecked Sendable`: what changes is touched only with `writing` locked, by the apply thread or by maintenance;
/// reads go to tables and to RocksDB, which are safe on any thread, with options that never change.
package final class KeyValueStore: StateMachine, KeyValueReader, @unchecked Sendable {
    private let store: StoreDatabase
    private let tables: MemTableStack
    private let pointReads = ReadOptions()
    private let memoryReads = ReadOptions(tier: .blockCache)
    private let publishedIndex = Atomic<UInt64>(0)
    private let publishedRevision = Atomic<UInt64>(0)

    private let writing = NIOLock()
    private var batch: ApplyBatch
    /// After a failed batch the active table holds a part of it: every later apply fails too, and nothing of the table
    /// is written.
    private var failure: StoreFailure?

    init(_ store: StoreDatabase, _ options: StorageOptions) throws(StoreFailure) {
        self.store = store
        let applied = try Self.appliedRecord(in: store, ReadOptions())
        let flusher = MemTableFlusher(
            store, options.tableFile, path: "\(store.database.path)/\(Self.tableFileName)")
        tables = MemTableStack(tableBytes: options.memTableBytes, flusher: flusher, behind: applied)
        batch = ApplyBatch(store, tables, applied: applied)
        publish(applied)
    }

    deinit { tables.close() }

    /// No name of RocksDB's own, which leaves alone what it does not know.
    private static let tableFileName = "memtable.new"

    // MARK: StateMachine

    package var appliedIndex: LogIndex { LogIndex(publishedIndex.load(ordering: .acquiring)) }

    package var revision: UInt64 { publishedRevision.load(ordering: .acquiring) }

    package func apply(_ entries: [Entry], results: inout [CommandResult]) throws(StoreFailure) {
        writing.lock()
        defer { writing.unlock() }
        if let failure { throw failure }
        try store.requireOpen(for: "apply entries")
        do throws(StoreFailure) {
            publish(try batch.apply(entries, results: &results))
        } catch {
            failure = error
            throw error
        }
    }

    // MARK: KeyValueReader

    package func withRecord(
        forKey key: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer?) -> Void
    ) throws(StoreFailure) {
        do throws(RocksDBError) {
            try withRecord(forKey: key, pointReads, body)
        } catch {
            throw StoreFailure("read a record", error)
        }
    }

    package func withRecordInMemory(
        forKey key: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer?) -> Void
    ) throws(StoreFailure) -> Bool {
        do throws(RocksDBError) {
            try withRecord(forKey: key, memoryReads, body)
            return true
        } catch  where error.kind == .incomplete {
            return false
        } catch {
            throw StoreFailure("read a record", error)
        }
    }

    private func withRecord(
        forKey key: UnsafeRawBufferPointer, _ options: borrowing ReadOptions, _ body: (UnsafeRawBufferPointer?) -> Void
    ) throws(RocksDBError) {
        // In this order: what is published is in these tables or in the database.
        let revision = publishedRevision.load(ordering: .acquiring)
        let hash = MemTable.hash(key)
        for table in tables.current {
            switch table.find(key, hash: hash, through: revision) {
            case .nothing: continue
            case .deleted: return body(nil)
            case .record(let record): return withExtendedLifetime(table) { body(record) }
            }
        }
        try StoredKey.with(key) { (stored) throws(RocksDBError) in
            try store.database.withValue(forKey: stored, in: store.keyValue, options, body)
        }
    }

    // MARK: Maintenance

    /// The index of the last applied entry that a crash of the process would leave applied. Never falls, except when
    /// the node starts another history. Any thread.
    package func persistedAppliedIndex() throws(StoreFailure) -> LogIndex {
        try Self.appliedRecord(in: store, pointReads).last.index
    }

    /// Makes what is applied durable. Any thread that may block; the apply thread waits meanwhile.
    package func flush() throws(StoreFailure) {
        writing.lock()
        defer { writing.unlock() }
        if let failure { throw failure }
        try store.requireOpen(for: "flush the key-value data")
        try tables.flush()
    }

    /// What recovery compares the log with. Nothing was applied yet.
    func appliedRecord() throws(StoreFailure) -> AppliedRecord {
        try Self.appliedRecord(in: store, pointReads)
    }

    /// Whether no user has a record here. Any thread.
    func isEmpty() throws(StoreFailure) -> Bool {
        let revision = publishedRevision.load(ordering: .acquiring)
        let tables = tables.current
        for place in tables.indices {
            var isEmpty = true
            tables[place].forEachRow(through: revision) { row in
                isEmpty = row.record == nil || tables[..<place].hold(row.usersKey, through: revision)
                return isEmpty
            }
            guard isEmpty else { return false }
        }
        let operation = "look for users' records"
        let options = KeyValueKey.userStart.withRawBytes { ReadOptions(fillCache: false, lowerBound: $0) }
        var iterator = try Iterator(over: store.keyValue, of: store.database, options, for: operation)
        iterator.seekToFirst()
        while iterator.isValid {
            // What a table knows of the key is newer, and it is no record, as was just seen.
            let key = UnsafeRawBufferPointer(rebasing: iterator.key[1...])
            guard tables[...].hold(key, through: revision) else { return false }
            iterator.next()
        }
        try iterator.checkStatus(for: operation)
        return true
    }

    /// About how many keys there are; above it if keys were written more than once. Any thread.
    func approximateKeyCount() throws(StoreFailure) -> UInt64 {
        do throws(RocksDBError) {
            let count = try store.database.integerProperty("rocksdb.estimate-num-keys", of: store.keyValue) ?? 0
            let inMemory = tables.unflushed.reduce(0) { $0 + $1.keyCount }
            // Without the record of the applied index.
            return (count == 0 ? 0 : count - 1) + UInt64(inMemory)
        } catch {
            throw StoreFailure("count the keys", error)
        }
    }

    /// Keeps what is in memory from entering the database any more, ahead of the removal of the history from the disk.
    /// Readers go on to see it. Until `startOver` nothing can be applied or flushed: it would enter the wrong history.
    /// The apply thread is idle.
    func prepareToStartOver() {
        writing.lock()
        defer { writing.unlock() }
        tables.stopFlushing()
        failure = StoreFailure(operation: "apply entries", message: "the history of this node is being removed")
    }

    /// Forgets what is in memory of a history that is gone from the disk. The apply thread is idle.
    func startOver() throws(StoreFailure) {
        writing.lock()
        defer { writing.unlock() }
        // In this order, so that a reader finds a key as it was last or not at all.
        publish(AppliedRecord())
        tables.removeAll()
        batch.startOver()
        do throws(RocksDBError) {
            // The removal must not stay in RocksDB's memtable: a table file that enters the database later is younger
            // than what is in there, and RocksDB 7.8 can mistake the order of the two.
            try store.database.flush(store.keyValue)
        } catch {
            throw StoreFailure("flush the key-value data", error)
        }
        failure = nil
    }

    /// Called once, on the flush thread, if a table in memory cannot be written. Set before anything is applied.
    package func onFlushFailure(_ handler: @escaping @Sendable (StoreFailure) -> Void) { tables.onFailure(handler) }

    /// Ends the flush thread. Nothing is applied any more.
    func close() { tables.close() }

    private func publish(_ applied: AppliedRecord) {
        publishedRevision.store(applied.revision, ordering: .releasing)
        publishedIndex.store(applied.last.index.rawValue, ordering: .releasing)
    }

    private static func appliedRecord(
        in store: StoreDatabase, _ options: borrowing ReadOptions
    ) throws(StoreFailure) -> AppliedRecord {
        let record = try store.database.record(
            forKey: KeyValueKey.applied, named: "applied index", in: store.keyValue, options
        ) { (record) throws(CodecError) in try AppliedRecord(decoding: record) }
        return record ?? AppliedRecord()
    }
}

extension ArraySlice<MemTable> {
    /// Whether one of the tables knows of the key, and be it that the key is gone.
    fileprivate func hold(_ key: UnsafeRawBufferPointer, through revision: UInt64) -> Bool {
        let hash = MemTable.hash(key)
        return contains { table in
            if case .nothing = table.find(key, hash: hash, through: revision) { false } else { true }
        }
    }
}
