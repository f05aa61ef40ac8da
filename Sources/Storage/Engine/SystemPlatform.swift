/// The machine that the process runs on.
package struct SystemPlatform: StorePlatform {
    package init() {}

    package var files: any FileSystem { SystemFiles() }

    package var hasThreads: Bool { true }

    package func openEngine(
        at path: String, _ options: StorageOptions, creating: Bool
    ) throws(EngineError) -> any StorageEngine {
        try RocksDBEngine.open(path, options, creating: creating)
    }
}
