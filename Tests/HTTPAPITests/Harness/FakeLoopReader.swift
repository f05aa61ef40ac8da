import HotPath

/// Reads what a `FakeStore` has in memory.
final class FakeLoopReader: LoopReader {
    private let store: FakeStore

    init(of store: FakeStore) { self.store = store }

    func withRecordInMemory(
        forKey key: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer?) -> Void
    ) throws(StoreFailure) -> Bool {
        if store.isCold { return false }
        try store.withRecord(forKey: key, body)
        return true
    }

    func letGo() {}
}
