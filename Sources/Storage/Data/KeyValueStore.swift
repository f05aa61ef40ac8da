package import HotPath
package import KeyValue
internal import NIOConcurrencyHelpers
package import RaftCore
internal import Synchronization

/// The key-value data: the newest records in tables in memory, everything else in the family `kv`.
///
/// Written without RocksDB's write-ahead log, because the Raft log serves as one. A full table becomes one file that
/// also holds the record of the applied index. So a crash leaves the state after some batch, and the record says from
/// which entry on to apply again.
///
/// A batch becomes visible as a whole, when its last index is published: until then readers pass over its versions.
///
/// `@unchecked Sendable`: mutable state is touched only with `writing` locked, by the apply thread or by maintenance.
/// Reads go to tables and to the engine, both safe on any thread.
package final class KeyValueStore: StateMachine, KeyValueReader, StateDigester, @unchecked Sendable {
    private let store: StoreDatabase
    private let facts: StoreFacts
    private let tables: MemTableStack
    private let publishedIndex = Atomic<UInt64>(0)
    private let publishedRevision = Atomic<UInt64>(0)

    private let writing = NIOLock()
    private var batch: ApplyBatch
    /// What readers see. Changes with `writing` locked.
    private var published = AppliedRecord()
    /// After a failed batch the active table holds a part of it: every later apply fails too, and the table is never
    /// written to disk.
    private var failure: StoreFailure?

    /// Full tables go to the database, if `destination` names nothing else.
    init(
        _ store: StoreDatabase, _ options: StorageOptions, _ facts: StoreFacts,
        to destination: (any TableDestination)? = nil
    ) throws(StoreFailure) {
        self.store = store
        self.facts = facts
        let applied = try Self.appliedRecord(in: store)
        let flusher = MemTableFlusher(
            to: destination ?? TableIngestion(store, facts), hasThread: store.hasThreads)
        tables = MemTableStack(tableBytes: options.memTableBytes, flusher: flusher, behind: applied)
        batch = ApplyBatch(store, tables, facts, applied: applied)
        if applied.revision > 0 { facts.noteUserData() }
        do throws(EngineError) {
            facts.noteDatabase(records: try store.keyValueRecordCount())
        } catch {
            throw StoreFailure("count the keys", error)
        }
        publish(applied)
    }

    deinit { tables.close() }

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
        do throws(EngineError) {
            if store.lookUps.wantsProbe { try store.probeLookUps() }
            try findRecord(forKey: key, body)
        } catch {
            throw StoreFailure("read a record", error)
        }
    }

    package func makeLoopReader() -> sending any LoopReader { MemoryReader(of: self, tables) }

    var lookUps: LookUpGuard { store.lookUps }

    /// The record of a key that no table has, if RocksDB has it in memory. False, and `body` was not called, if it has
    /// not, or would have to wait to find out.
    func withDatabaseRecordInMemory(
        forKey key: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer?) -> Void
    ) throws(StoreFailure) -> Bool {
        if store.lookUps.mayWait { return false }
        let start = LookUpGuard.now()
        defer { store.lookUps.lookedUp(since: start) }
        do throws(EngineError) {
            try withDatabaseRecord(forKey: key, onlyInMemory: true, body)
            return true
        } catch  where error.kind == .incomplete {
            return false
        } catch {
            throw StoreFailure("read a record", error)
        }
    }

    private func findRecord(
        forKey key: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer?) -> Void
    ) throws(EngineError) {
        // The index is read first: everything up to it is in these tables or in the database.
        let index = appliedIndex
        let hash = MemTable.hash(.user(key))
        for table in tables.current {
            switch table.find(.user(key), hash: hash, through: index) {
            case .nothing: continue
            case .deleted: return body(nil)
            case .record(let record): return withExtendedLifetime(table) { body(record) }
            }
        }
        try withDatabaseRecord(forKey: key, onlyInMemory: false, body)
    }

    private func withDatabaseRecord(
        forKey key: UnsafeRawBufferPointer, onlyInMemory: Bool, _ body: (UnsafeRawBufferPointer?) -> Void
    ) throws(EngineError) {
        try StoredKey.with(key) { (stored) throws(EngineError) in
            try store.engine.withValue(forKey: stored, in: .keyValue, onlyInMemory: onlyInMemory, body)
        }
    }

    // MARK: Maintenance

    /// The index of the last entry that is still applied after a crash of the process. Never falls, except when the
    /// node starts another history. Any thread.
    package func persistedAppliedIndex() throws(StoreFailure) -> LogIndex {
        try Self.appliedRecord(in: store).last.index
    }

    /// Makes durable what is applied now, and returns when it is. Any thread that may block; the apply thread continues
    /// meanwhile.
    package func flush() throws(StoreFailure) { try tables.wait(for: try rotate()) }

    /// Makes durable what is applied now, unless everything through `index` is. Returns the last entry that is. Any
    /// thread that may block; the apply thread continues meanwhile.
    package func persist(through index: LogIndex) throws(StoreFailure) -> LogIndex {
        let persisted = try persistedAppliedIndex()
        if persisted >= index { return persisted }
        try flush()
        return try persistedAppliedIndex()
    }

    private func rotate() throws(StoreFailure) -> MemTableFlusher.Ticket {
        while true {
            // Without the lock, so that the apply thread can fill the active table while the disk works.
            try tables.waitForRoom()
            writing.lock()
            defer { writing.unlock() }
            if let failure { throw failure }
            try store.requireOpen(for: "flush the key-value data")
            if let ticket = try tables.rotate() { return ticket }
        }
    }

    /// Recovery compares the log with this record. Call before anything is applied.
    func appliedRecord() throws(StoreFailure) -> AppliedRecord {
        try Self.appliedRecord(in: store)
    }

    /// Whether the store holds no record of a user. Any thread that may block.
    func isEmpty() throws(StoreFailure) -> Bool {
        var isEmpty = true
        try capture().forEachRecord { key, _ in
            isEmpty = key.space != .user
            return isEmpty
        }
        return isEmpty
    }

    /// The state of now. Any thread that may block; let go of it before the store is closed.
    func capture() throws(StoreFailure) -> CapturedState {
        writing.lock()
        defer { writing.unlock() }
        // While a history is being removed, the database has lost what the published state still claims.
        if let failure { throw failure }
        let tables = tables.current
        return CapturedState(
            applied: published, tables: tables,
            iterator: try store.makeIterator(over: .keyValue, for: "read the key-value data"))
    }

    package func digest(while mayContinue: () -> Bool) throws(StoreFailure) -> StateDigest? {
        try capture().digest(while: mayContinue)
    }

    /// From now on no table in memory enters the database, because its history is about to be removed from the disk.
    /// Readers still see the tables. Until `startOver`, applying and flushing fail: the data would enter the wrong
    /// history. Precondition: the apply thread is idle.
    func prepareToStartOver() {
        writing.lock()
        defer { writing.unlock() }
        tables.stopFlushing()
        failure = StoreFailure(operation: "apply entries", message: "the history of this node is being removed")
    }

    /// Forgets the tables in memory of a history that is gone from the disk. Precondition: the apply thread is idle.
    func startOver() throws(StoreFailure) {
        writing.lock()
        defer { writing.unlock() }
        // In this order, so that a reader finds the last record of a key or none.
        publish(AppliedRecord())
        tables.removeAll()
        batch.startOver()
        do throws(EngineError) {
            // The removal must not stay in RocksDB's memtable: a table file that enters the database later is younger
            // than the memtable, and RocksDB 7.8 can confuse their order.
            try store.engine.flush(.keyValue)
        } catch {
            throw StoreFailure("flush the key-value data", error)
        }
        failure = nil
    }

    /// Sets the handler that is called once, on the flush thread, if a table in memory cannot be written. Call before
    /// anything is applied.
    package func onFlushFailure(_ handler: @escaping @Sendable (StoreFailure) -> Void) { tables.onFailure(handler) }

    // MARK: Without a flush thread

    /// Does the next piece of the work of a flush thread, on a platform that has no threads. Says what it was. A
    /// failure is told to the handler of `onFlushFailure`.
    package func flushStep() -> FlushStep { tables.flushStep() }

    /// Whether `flushStep` has anything to do.
    package var hasFlushWork: Bool { tables.hasFlushWork }

    /// Whether the next batch is applied without waiting for a table to be written. Apply thread only.
    package var hasRoomForTables: Bool { tables.hasRoom }

    /// Ends the flush thread. Nothing may be applied after this.
    func close() { tables.close() }

    private func publish(_ applied: AppliedRecord) {
        published = applied
        // The index makes the data visible, so whoever has seen the revision finds what bears it.
        publishedIndex.store(applied.last.index.rawValue, ordering: .releasing)
        publishedRevision.store(applied.revision, ordering: .releasing)
    }

    private static func appliedRecord(in store: StoreDatabase) throws(StoreFailure) -> AppliedRecord {
        let record = try store.record(
            forKey: KeyValueKey.applied, named: "applied index", in: .keyValue
        ) { (record) throws(CodecError) in try AppliedRecord(decoding: record) }
        return record ?? AppliedRecord()
    }
}
