/// The machine below a store: its files, the database in them, and whether it has threads. The real one in a node, a
/// simulated one in the simulator.
package protocol StorePlatform: Sendable {
    var files: any FileSystem { get }

    /// Whether a store starts its flush thread. If not, whoever would wait for that thread does its work instead, and
    /// the owner of the store calls `KeyValueStore.flushStep`.
    var hasThreads: Bool { get }

    /// Opens the database in the directory `path`. `creating` permits to create it.
    func openEngine(
        at path: String, _ options: StorageOptions, creating: Bool
    ) throws(EngineError) -> any StorageEngine
}
