/// Point reads of the state machine for one event loop, which must not wait. Made by `KeyValueReader`, then confined to
/// the loop.
package protocol LoopReader: AnyObject {
    /// Calls `body` with the encoded record of `key` (`KeyValue.RecordView`), or nil if there is none. The bytes are
    /// valid only within `body`, which must not read again. False, and `body` was not called, if only a thread that may
    /// wait can answer: then ask the `KeyValueReader`.
    func withRecordInMemory(
        forKey key: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer?) -> Void
    ) throws(StoreFailure) -> Bool

    /// Lets go of memory that newer state has replaced. Call now and then, also while nothing is read.
    func letGo()
}
