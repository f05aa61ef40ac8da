package import Storage

/// A simulated machine below a store, for one process: files on a simulated disk, a model of RocksDB on them, and no
/// threads. One thread.
///
/// `@unchecked Sendable`: the simulation has one thread.
package final class SimulatedPlatform: StorePlatform, @unchecked Sendable {
    package let fileSystem: SimulatedFileSystem
    private let settings: ModelSettings
    /// The database that was opened last.
    package private(set) var database: ModelDatabase?

    package init(on disk: SimulatedDisk, _ settings: ModelSettings = ModelSettings()) {
        fileSystem = disk.mount()
        self.settings = settings
    }

    package var files: any FileSystem { fileSystem }

    package var hasThreads: Bool { false }

    package func openEngine(
        at path: String, _ options: StorageOptions, creating: Bool
    ) throws(EngineError) -> any StorageEngine {
        let database = try ModelDatabase.open(path, on: fileSystem, settings, creating: creating)
        self.database = database
        return database
    }
}
