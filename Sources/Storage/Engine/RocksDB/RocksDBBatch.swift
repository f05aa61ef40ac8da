internal import RocksDB

/// A batch of RocksDB, seen through the port.
final class RocksDBBatch: EngineBatch {
    private let engine: RocksDBEngine
    private var batch = WriteBatch()

    init(for engine: RocksDBEngine) { self.engine = engine }

    var count: Int { batch.count }

    func put(_ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer, in family: StoreFamily) {
        batch.put(key, value, in: column(of: family))
    }

    func delete(_ key: UnsafeRawBufferPointer, in family: StoreFamily) {
        batch.delete(key, in: column(of: family))
    }

    func deleteRange(
        from lower: UnsafeRawBufferPointer, upTo upper: UnsafeRawBufferPointer, in family: StoreFamily
    ) {
        batch.deleteRange(from: lower, upTo: upper, in: column(of: family))
    }

    private func column(of name: StoreFamily) -> ColumnFamily {
        guard let family = engine.nativeFamily(name) else {
            preconditionFailure("a batch names the column family \(name.name), which does not exist")
        }
        return family.column
    }

    func write() throws(EngineError) {
        try translating { () throws(RocksDBError) in try engine.database.write(batch) }
    }

    func clear() { batch.clear() }
}
