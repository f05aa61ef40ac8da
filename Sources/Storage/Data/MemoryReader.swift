internal import HotPath

/// Reads for one event loop: the tables in memory, and what RocksDB has in memory, as long as RocksDB answers at once.
/// Confined to the loop.
final class MemoryReader: LoopReader {
    private let store: KeyValueStore
    private var tables: PinnedTables

    init(of store: KeyValueStore, _ stack: MemTableStack) {
        self.store = store
        tables = PinnedTables(of: stack)
    }

    func withRecordInMemory(
        forKey key: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer?) -> Void
    ) throws(StoreFailure) -> Bool {
        // The index is read first: everything up to it is in the tables or in the database.
        let index = store.appliedIndex
        switch tables.find(.user(key), through: index) {
        case .record(let record): body(record)
        case .deleted: body(nil)
        case .nothing: return try withDatabaseRecordInMemory(forKey: key, body)
        }
        return true
    }

    /// The record of a key that no table has, if RocksDB has it in memory. False, and `body` was not called, if it has
    /// not, or would have to wait to find out.
    private func withDatabaseRecordInMemory(
        forKey key: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer?) -> Void
    ) throws(StoreFailure) -> Bool {
        if store.lookUps.mayWait { return false }
        let start = LookUpGuard.now()
        defer { store.lookUps.lookedUp(since: start) }
        do throws(EngineError) {
            try StoredKey.with(key) { (stored) throws(EngineError) in
                try tables.withValueInFamily(forKey: stored, body)
            }
            return true
        } catch  where error.kind == .incomplete {
            return false
        } catch {
            throw store.failedRead(error)
        }
    }

    func letGo() { tables.renew() }
}
