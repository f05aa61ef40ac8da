package import HotPath
package import KeyValue
package import RaftCore
internal import RocksDB
internal import Synchronization

/// The key-value data in the family `kv`.
///
/// Written without RocksDB's write-ahead log: the Raft log is the one. Each batch holds the record of the applied index
/// too, and one batch enters one memtable whole, so what a crash leaves is the state after some batch, and its record
/// says which entries to apply again.
///
/// `@unchecked Sendable`: what changes belongs to the apply thread, as `confinement` checks; reads go to RocksDB, which
/// is safe on any thread, with options that never change.
package final class KeyValueStore: StateMachine, KeyValueReader, @unchecked Sendable {
    private let store: StoreDatabase
    private let pointReads = ReadOptions()
    private let publishedIndex = Atomic<UInt64>(0)
    private let publishedRevision = Atomic<UInt64>(0)

    private let confinement = Confinement()
    private var batch: ApplyBatch
    /// After a failed write the batch and the data may differ: every later apply fails too.
    private var failure: StoreFailure?

    init(_ store: StoreDatabase) throws(StoreFailure) {
        self.store = store
        let applied = try Self.appliedRecord(in: store, ReadOptions())
        batch = ApplyBatch(store, applied: applied)
        publish(applied)
    }

    // MARK: StateMachine

    package var appliedIndex: LogIndex { LogIndex(publishedIndex.load(ordering: .acquiring)) }

    package var revision: UInt64 { publishedRevision.load(ordering: .acquiring) }

    package func apply(_ entries: [Entry], results: inout [CommandResult]) throws(StoreFailure) {
        confinement.enter("the key-value data")
        defer { confinement.leave() }
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
        // On the stack up to the size that the compiler's runtime allows, which covers all but the longest keys.
        try withUnsafeTemporaryAllocation(byteCount: key.count + 1, alignment: 1) { stored throws(StoreFailure) in
            stored[0] = KeyValueKey.userPrefix
            UnsafeMutableRawBufferPointer(rebasing: stored[1...]).copyMemory(from: key)
            do throws(RocksDBError) {
                try store.database.withValue(
                    forKey: UnsafeRawBufferPointer(stored), in: store.keyValue, pointReads, body)
            } catch {
                throw StoreFailure("read a record", error)
            }
        }
    }

    // MARK: Maintenance

    /// The index of the last applied entry that a crash of the process would leave applied. Never falls, except when
    /// the node starts another history. Any thread.
    package func persistedAppliedIndex() throws(StoreFailure) -> LogIndex {
        try Self.appliedRecord(in: store, ReadOptions(tier: .persisted)).last.index
    }

    /// Makes what is applied durable. Any thread that may block.
    package func flush() throws(StoreFailure) {
        do throws(RocksDBError) {
            try store.database.flush(store.keyValue)
        } catch {
            throw StoreFailure("flush the key-value data", error)
        }
    }

    /// What recovery compares the log with.
    func appliedRecord() throws(StoreFailure) -> AppliedRecord {
        try Self.appliedRecord(in: store, pointReads)
    }

    /// Whether no user has a record here.
    func isEmpty() throws(StoreFailure) -> Bool {
        let operation = "look for users' records"
        let options = KeyValueKey.userStart.withRawBytes { ReadOptions(fillCache: false, lowerBound: $0) }
        var iterator = try Iterator(over: store.keyValue, of: store.database, options, for: operation)
        iterator.seekToFirst()
        if iterator.isValid { return false }
        try iterator.checkStatus(for: operation)
        return true
    }

    /// The number of keys as RocksDB estimates it: exact for keys that were written once, above that for others.
    func approximateKeyCount() throws(StoreFailure) -> UInt64 {
        do throws(RocksDBError) {
            let count = try store.database.integerProperty("rocksdb.estimate-num-keys", of: store.keyValue) ?? 0
            // Without the record of the applied index.
            return count == 0 ? 0 : count - 1
        } catch {
            throw StoreFailure("count the keys", error)
        }
    }

    /// Forgets the applied index and revision of a history that is gone from the disk. The apply thread is idle.
    func startOver() {
        confinement.enter("the key-value data")
        defer { confinement.leave() }
        batch.startOver()
        publish(AppliedRecord())
    }

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
