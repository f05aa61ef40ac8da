/// A family of an engine, held by whoever reads it. One that was dropped can still be read, and keeps its files, as
/// long as somebody has it. Any thread.
///
/// Calls are per look-up or per file, because each is a dynamic call.
package protocol EngineFamily: AnyObject, Sendable {
    var name: StoreFamily { get }

    /// Calls `body` with the value of `key`, or nil if there is none. The bytes are valid only within `body`. With
    /// `onlyInMemory`, a look-up that would need the disk throws `EngineError.Kind.incomplete` instead.
    func withValue(
        forKey key: UnsafeRawBufferPointer, onlyInMemory: Bool, _ body: (UnsafeRawBufferPointer?) -> Void
    ) throws(EngineError)

    /// An iterator over the state of now, or of a snapshot, from `lower` (included) to `upper` (not included); nil is
    /// no bound. Leaves the block cache to look-ups.
    func makeIterator(
        from lower: UnsafeRawBufferPointer?, upTo upper: UnsafeRawBufferPointer?, at snapshot: (any EngineSnapshot)?
    ) throws(EngineError) -> any EngineIterator

    /// A number about the family, 0 if the engine does not know it. May wait for the engine's lock: not on an event
    /// loop.
    func number(_ property: EngineProperty) throws(EngineError) -> UInt64

    /// Makes what the family has in its memtable a table file. Returns when that is durable.
    func flush() throws(EngineError)

    /// Removes, unread, the table files below level 0 that have no key after `key`; what newer files have stays, and so
    /// does what is in memory. Preconditions: all keys through this one are deleted, durably, and no iterator is made
    /// any more that begins before its successor.
    func removeFiles(through key: UnsafeRawBufferPointer) throws(EngineError)

    /// Makes table files of the engine part of the family as its newest data: all of them or none, and durable when
    /// this returns. No two may overlap. They lose their names.
    func ingest(_ paths: [String]) throws(EngineError)
}
