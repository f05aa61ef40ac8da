/// The database below a store: families of ordered keys, table files, and one write-ahead log for all. It is RocksDB
/// in a node, and a model of RocksDB in the simulator.
///
/// Calls are per batch, per look-up or per file, because each is a dynamic call. Any thread.
package protocol StorageEngine: AnyObject, Sendable {
    /// The directory of the database.
    var path: String { get }
    /// False once `close` was called.
    var isOpen: Bool { get }

    /// Closes the database. Later calls throw `EngineError.Kind.closed`; closing again does nothing. Preconditions: its
    /// iterators are gone, and nobody fills a batch.
    func close()

    // MARK: Writing

    /// An empty batch for one thread, which serves it for its whole life.
    func makeBatch() -> any EngineBatch

    /// Returns when everything written before is durable. Blocks no writer meanwhile. After an error the content of the
    /// disk is unknown.
    func syncLog() throws(EngineError)

    /// Makes what a family has in its memtable a table file. Returns when that is durable.
    func flush(_ family: StoreFamily) throws(EngineError)

    // MARK: Reading

    /// Calls `body` with the value of `key`, or nil if there is none. The bytes are valid only within `body`. With
    /// `onlyInMemory`, a look-up that would need the disk throws `EngineError.Kind.incomplete` instead.
    func withValue(
        forKey key: UnsafeRawBufferPointer, in family: StoreFamily, onlyInMemory: Bool,
        _ body: (UnsafeRawBufferPointer?) -> Void
    ) throws(EngineError)

    /// An iterator over the state of now, from `lower` (included) to `upper` (not included); nil is no bound. Leaves
    /// the block cache to look-ups.
    func makeIterator(
        over family: StoreFamily, from lower: UnsafeRawBufferPointer?, upTo upper: UnsafeRawBufferPointer?
    ) throws(EngineError) -> any EngineIterator

    /// A number about a family, 0 if the engine does not know it. May wait for the engine's lock: not on an event loop.
    func number(_ property: EngineProperty, of family: StoreFamily) throws(EngineError) -> UInt64

    // MARK: Table files

    /// Writes a table file for `ingest` and syncs it. Preconditions: no file has this name, because it could be a
    /// second name of a file of the database; `rows` is not empty, and its keys ascend.
    func writeTableFile(_ path: String, _ rows: [TableRow]) throws(EngineError)

    /// Makes a file of `writeTableFile` part of `family` as its newest data: all of it or none, and durable when this
    /// returns. The file loses its name.
    func ingest(_ path: String, into family: StoreFamily) throws(EngineError)
}
