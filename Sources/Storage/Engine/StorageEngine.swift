/// The database below a store: families of ordered keys, table files, and one write-ahead log for all. It is RocksDB
/// in a node, and a model of RocksDB in the simulator.
///
/// Calls are per batch or per file, because each is a dynamic call. Any thread.
package protocol StorageEngine: AnyObject, Sendable {
    /// The directory of the database.
    var path: String { get }
    /// False once `close` was called.
    var isOpen: Bool { get }

    /// Closes the database. Later calls throw `EngineError.Kind.closed`; closing again does nothing. Preconditions: its
    /// iterators and snapshots are gone, and nobody fills a batch.
    func close()

    // MARK: Families

    /// Nil if there is no such family, or not any more.
    func family(_ name: StoreFamily) -> (any EngineFamily)?

    /// The numbers of the families with key-value data, in order.
    var dataFamilies: [Int] { get }

    /// Adds an empty family, which is durable when this returns. Precondition: there is none of this number.
    func createDataFamily(_ number: Int) throws(EngineError) -> any EngineFamily

    /// Removes a family with its data, also after a crash once this has returned. Precondition: there is one.
    func dropDataFamily(_ number: Int) throws(EngineError)

    /// Whether files of dropped families are on the disk. Never waits for the disk.
    var hasDroppedFamilies: Bool { get }

    /// Removes the files of those dropped families that nobody reads any more.
    func freeDroppedFamilies() throws(EngineError)

    // MARK: Writing

    /// An empty batch for one thread, which serves it for its whole life.
    func makeBatch() -> any EngineBatch

    /// Returns when everything written before is durable. Blocks no writer meanwhile. After an error the content of the
    /// disk is unknown.
    func syncLog() throws(EngineError)

    // MARK: Reading

    /// The state of now. Must be gone before the engine is closed.
    func makeSnapshot() throws(EngineError) -> any EngineSnapshot

    // MARK: Table files

    /// Writes a table file for `EngineFamily.ingest` and syncs it. Preconditions: no file has this name, because it
    /// could be a second name of a file of the database; `rows` is not empty, and its keys ascend.
    func writeTableFile(_ path: String, _ rows: [TableRow]) throws(EngineError)

    /// Whether `writeTableFile` is as fast as the disk, now and from now on, and not at an even pace. Any thread.
    func hurryTableFiles(_ isHurrying: Bool)

    /// Starts a table file of which not all rows are in memory, for a family that is to be filled with such files.
    /// Precondition: no file has this name.
    func startTableFile(_ path: String) throws(EngineError) -> any EngineTableFile
}

/// Calls that name the family.
extension StorageEngine {
    package func require(_ name: StoreFamily) throws(EngineError) -> any EngineFamily {
        guard let family = family(name) else {
            guard isOpen else {
                throw EngineError(
                    operation: "use \(name.name)", kind: .closed, message: "the database is closed")
            }
            throw EngineError(
                operation: "use \(name.name)", kind: .corruption, message: "the database has no such column family")
        }
        return family
    }

    package func withValue(
        forKey key: UnsafeRawBufferPointer, in family: StoreFamily, onlyInMemory: Bool,
        _ body: (UnsafeRawBufferPointer?) -> Void
    ) throws(EngineError) {
        try require(family).withValue(forKey: key, onlyInMemory: onlyInMemory, body)
    }

    package func makeIterator(
        over family: StoreFamily, from lower: UnsafeRawBufferPointer?, upTo upper: UnsafeRawBufferPointer?
    ) throws(EngineError) -> any EngineIterator {
        try require(family).makeIterator(from: lower, upTo: upper, at: nil)
    }

    package func flush(_ family: StoreFamily) throws(EngineError) { try require(family).flush() }
}
