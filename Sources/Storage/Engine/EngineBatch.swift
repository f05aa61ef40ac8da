/// Operations that take effect together, over all families, and in the order in which they were added. Keys and values
/// are copied into the batch. One thread.
package protocol EngineBatch: AnyObject {
    /// The number of operations.
    var count: Int { get }

    func put(_ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer, in family: StoreFamily)

    func delete(_ key: UnsafeRawBufferPointer, in family: StoreFamily)

    /// Deletes the keys from `lower` (included) to `upper` (not included).
    func deleteRange(from lower: UnsafeRawBufferPointer, upTo upper: UnsafeRawBufferPointer, in family: StoreFamily)

    /// Applies all operations to the engine that made this batch, or none. They are then in the operating system's copy
    /// of the write-ahead log: they survive a crash of the process, and after `StorageEngine.syncLog` one of the
    /// machine.
    func write() throws(EngineError)

    /// Removes the operations and keeps the memory.
    func clear()
}
