/// Point reads of the state machine.
package protocol KeyValueReader: AnyObject, Sendable {
    /// Calls `body` with the encoded record of `key` (`KeyValue.RecordView`), or nil if there is none. The bytes are
    /// valid only within `body`. May wait for the disk: any thread but an event loop's.
    func withRecord(forKey key: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer?) -> Void) throws(StoreFailure)

    /// A reader for one event loop. Any thread.
    func makeLoopReader() -> sending any LoopReader
}
