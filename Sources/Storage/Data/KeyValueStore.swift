package import HotPath
package import KeyValue
internal import NIOConcurrencyHelpers
package import RaftCore
internal import Synchronization

/// The key-value data: the newest records in tables in memory, everything else in a family of the database.
///
/// Written without RocksDB's write-ahead log, because the Raft log serves as one. A full table becomes one file that
/// also holds the record of the applied index. So a crash leaves the state after some batch, and the record says from
/// which entry on to apply again.
///
/// A batch becomes visible as a whole, when its last index is published: until then readers pass over its versions.
///
/// `@unchecked Sendable`: mutable state is touched only with `writing` locked, by the apply thread or by maintenance.
/// Reads go to tables and to the engine, both safe on any thread.
package final class KeyValueStore: StateMachine, KeyValueReader, StateDigester, ComparableState,
    @unchecked Sendable
{
    private let store: StoreDatabase
    private let facts: StoreFacts
    private let tables: MemTableStack
    private let publishedIndex = Atomic<UInt64>(0)
    private let publishedRevision = Atomic<UInt64>(0)

    private let readFailureHandler = NIOLockedValueBox<(@Sendable (StoreFailure) -> Void)?>(nil)
    private let publishedVerdicts = NIOLockedValueBox<[Verdict]>([])

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
        let family = try store.dataFamily()
        let applied = try Self.appliedRecord(in: family, of: store)
        let flusher = MemTableFlusher(
            to: destination ?? TableIngestion(store, facts), hasThread: store.hasThreads)
        tables = MemTableStack(tableBytes: options.memTableBytes, flusher: flusher, behind: applied, over: family)
        let verdicts = try Self.verdicts(in: family, of: store)
        batch = ApplyBatch(store, tables, facts, applied: applied, verdicts)
        publishedVerdicts.withLockedValue { $0 = verdicts }
        if applied.revision > 0 { facts.noteUserData() }
        do throws(EngineError) {
            facts.noteDatabase(
                through: applied.last.index, records: try family.number(.recordCount),
                bytes: try family.number(.fileBytes))
        } catch {
            throw StoreFailure("count the keys", error)
        }
        publish(applied)
    }

    deinit { tables.close() }

    // MARK: StateMachine

    package var appliedIndex: LogIndex { LogIndex(publishedIndex.load(ordering: .acquiring)) }

    package var revision: UInt64 { publishedRevision.load(ordering: .acquiring) }

    package var verdicts: [Verdict] { publishedVerdicts.withLockedValue { $0 } }

    package func apply(_ entries: [Entry], results: inout [CommandResult]) throws(StoreFailure) {
        writing.lock()
        defer { writing.unlock() }
        if let failure { throw failure }
        try store.requireOpen(for: "apply entries")
        do throws(StoreFailure) {
            let changes = batch.verdictChanges
            let applied = try batch.apply(entries, results: &results)
            if batch.verdictChanges != changes { publishedVerdicts.withLockedValue { $0 = batch.verdicts } }
            publish(applied)
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
            if store.lookUps.wantsProbe { try store.probeLookUps(in: family) }
            try findRecord(forKey: key, body)
        } catch {
            throw failedRead(error)
        }
    }

    /// A record could not be read: whoever asks for it hears so, and the handler of `onReadFailure` as well.
    func failedRead(_ error: EngineError) -> StoreFailure {
        let failure = StoreFailure("read a record", error)
        if error.kind != .closed { noteReadFailure(failure) }
        return failure
    }

    private func noteReadFailure(_ failure: StoreFailure) { readFailureHandler.withLockedValue { $0 }?(failure) }

    package func makeLoopReader() -> sending any LoopReader { MemoryReader(of: self, tables) }

    var lookUps: LookUpGuard { store.lookUps }

    private func findRecord(
        forKey key: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer?) -> Void
    ) throws(EngineError) {
        // The index is read first: everything up to it is in these tables or in the database.
        let index = appliedIndex
        let layers = tables.current
        let hash = MemTable.hash(.user(key))
        for table in layers.tables {
            switch table.find(.user(key), hash: hash, through: index) {
            case .nothing: continue
            case .deleted: return body(nil)
            case .record(let record): return withExtendedLifetime(table) { body(record) }
            }
        }
        try StoredKey.with(key) { (stored) throws(EngineError) in
            try layers.family.withValue(forKey: stored, onlyInMemory: false, body)
        }
    }

    // MARK: Maintenance

    /// The index of the last entry that is still applied after a crash of the process. Never falls, except when the
    /// node starts another history. Any thread.
    package func persistedAppliedIndex() throws(StoreFailure) -> LogIndex {
        try appliedRecord().last.index
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

    /// The family with what no table in memory has. Any thread; event loops have `PinnedTables`.
    var family: any EngineFamily { tables.current.family }

    /// The state on disk. Any thread that may block.
    func appliedRecord() throws(StoreFailure) -> AppliedRecord { try Self.appliedRecord(in: family, of: store) }

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
    func capture() throws(StoreFailure) -> CapturedState { try captured(.all) }

    /// RocksDB has all files open and their indexes in memory, so to make an iterator reads nothing from the disk.
    private func captured(_ range: KeyRange) throws(StoreFailure) -> CapturedState {
        writing.lock()
        defer { writing.unlock() }
        // While a history is being removed, the database has lost what the published state still claims.
        if let failure { throw failure }
        let layers = tables.current
        let iterator = try range.withBounds { (lower, upper) throws(StoreFailure) in
            try Self.iterator(over: layers.family, from: lower, upTo: upper)
        }
        return CapturedState(range, applied: published, tables: layers.tables, iterator: iterator)
    }

    package func digest(while mayContinue: () -> Bool) throws(StoreFailure) -> StateDigest? {
        let state = try capture()
        do throws(StoreFailure) {
            return try state.digest(while: mayContinue)
        } catch {
            noteReadFailure(error)
            throw error
        }
    }

    // MARK: ComparableState

    package func capture(_ range: KeyRange) throws(StoreFailure) -> any StateCapture { try captured(range) }

    /// Only the database is walked: the tables are small, and whoever compares walks over all of them anyway.
    package func endOfRange(
        from start: [UInt8], bytes: Int, while mayContinue: () -> Bool
    ) throws(StoreFailure) -> [UInt8] {
        let operation = "divide the key-value data"
        let iterator = try KeyRange(start: start).withBounds { (lower, upper) throws(StoreFailure) in
            try Self.iterator(over: family, from: lower, upTo: upper)
        }
        iterator.seekToFirst()
        var passed = 0
        var count = 0
        while iterator.isValid {
            count += 1
            let mustEnd = count % Self.recordsBetweenQuestions == 0 && !mayContinue()
            if passed >= bytes || mustEnd { return Array(iterator.key) }
            passed += iterator.key.count + iterator.value.count
            iterator.next()
        }
        try iterator.checkStatus(for: operation)
        return []
    }

    /// A walk over records asks this often whether it may continue: each millisecond or so.
    private static let recordsBetweenQuestions = 1_000

    private static func iterator(
        over family: any EngineFamily, from lower: UnsafeRawBufferPointer?, upTo upper: UnsafeRawBufferPointer?
    ) throws(StoreFailure) -> any EngineIterator {
        do throws(EngineError) {
            return try family.makeIterator(from: lower, upTo: upper, at: nil)
        } catch {
            throw StoreFailure("read the key-value data", error)
        }
    }

    /// From now on no table in memory enters the database, because its history is about to go from the disk. Readers
    /// still see the tables. Until `startOver` or `replaceData`, applying and flushing fail: the data would enter the
    /// wrong history. Precondition: the apply thread is idle.
    func stopWriting(because reason: String) {
        writing.lock()
        defer { writing.unlock() }
        tables.stopFlushing()
        failure = StoreFailure(operation: "apply entries", message: reason)
    }

    /// Continues with the state `applied` that `family` has, in the place of the one before. Preconditions:
    /// `stopWriting` was called; the apply thread is idle.
    func replaceData(by family: any EngineFamily, applied: AppliedRecord) throws(StoreFailure) {
        writing.lock()
        defer { writing.unlock() }
        let verdicts = try Self.verdicts(in: family, of: store)
        // In this order, so that whoever has seen the new index reads the new data.
        tables.replaceAll(over: family, behind: applied)
        publish(applied)
        batch.startOver(behind: applied, verdicts)
        publishedVerdicts.withLockedValue { $0 = verdicts }
        do throws(EngineError) {
            facts.replaceData(
                through: applied.last.index, records: try family.number(.recordCount),
                bytes: try family.number(.fileBytes), isUsers: applied.revision > 0)
        } catch {
            throw StoreFailure("count the keys", error)
        }
        failure = nil
    }

    /// Forgets the tables in memory of a history that is gone from the disk. Precondition: the apply thread is idle.
    func startOver() throws(StoreFailure) {
        writing.lock()
        defer { writing.unlock() }
        let family = family
        // In this order, so that a reader finds the last record of a key or none.
        publish(AppliedRecord())
        tables.replaceAll(over: family, behind: AppliedRecord())
        batch.startOver(behind: AppliedRecord(), [])
        publishedVerdicts.withLockedValue { $0 = [] }
        do throws(EngineError) {
            // The removal must not stay in RocksDB's memtable: a table file that enters the database later is younger
            // than the memtable, and RocksDB 7.8 can confuse their order.
            try family.flush()
        } catch {
            throw StoreFailure("flush the key-value data", error)
        }
        failure = nil
    }

    /// Sets the handler that is called once, on the flush thread, if a table in memory cannot be written. Call before
    /// anything is applied.
    package func onFlushFailure(_ handler: @escaping @Sendable (StoreFailure) -> Void) { tables.onFailure(handler) }

    /// Sets the handler that is called whenever data on the disk cannot be read, on the thread that reads. Call before
    /// anybody reads.
    package func onReadFailure(_ handler: @escaping @Sendable (StoreFailure) -> Void) {
        readFailureHandler.withLockedValue { $0 = handler }
    }

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

    private static func verdicts(
        in family: any EngineFamily, of store: StoreDatabase
    ) throws(StoreFailure) -> [Verdict] {
        let record = try KeyValueKey.verdicts.withRawBytes { (key) throws(StoreFailure) in
            try store.record(forKey: key, named: "verdicts", in: family) { (record) throws(CodecError) in
                try VerdictsRecord(decoding: record)
            }
        }
        return record?.verdicts ?? []
    }

    private static func appliedRecord(
        in family: any EngineFamily, of store: StoreDatabase
    ) throws(StoreFailure) -> AppliedRecord {
        let record = try KeyValueKey.applied.withRawBytes { (key) throws(StoreFailure) in
            try store.record(forKey: key, named: "applied index", in: family) { (record) throws(CodecError) in
                try AppliedRecord(decoding: record)
            }
        }
        return record ?? AppliedRecord()
    }
}

extension KeyRange {
    /// Calls `body` with the bounds as an engine takes them; nil is no bound.
    fileprivate func withBounds<Result>(
        _ body: (UnsafeRawBufferPointer?, UnsafeRawBufferPointer?) throws(StoreFailure) -> Result
    ) throws(StoreFailure) -> Result {
        try start.withRawBytes { start throws(StoreFailure) in
            try end.withRawBytes { end throws(StoreFailure) in
                try body(start.isEmpty ? nil : start, end.isEmpty ? nil : end)
            }
        }
    }
}
