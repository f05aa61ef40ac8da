internal import Bytes
internal import Storage

/// A model of RocksDB on a simulated file system: families, one write-ahead log, table files, and a list of files that
/// changes as a whole. What RocksDB does in the background happens here within the call that is the reason for it.
///
/// It keeps everything in memory and reads files only when it opens them. Of the files it has what a crash can show:
/// what is written and synced when, in which order, and what an open makes of the rest.
///
/// `@unchecked Sendable`: the simulation has one thread.
package final class ModelDatabase: StorageEngine, @unchecked Sendable {
    /// A file of the write-ahead log that is being written.
    struct LogFile {
        var number: Int
        var file: Int
        /// The name of a new file is synced with its first content.
        var isNameSynced = false
    }

    package let path: String
    let files: SimulatedFileSystem
    let settings: ModelSettings
    /// In the order of their creation.
    var families = StoreFamily.ofNewDatabase.enumerated().map { ModelFamily($0, $1) }
    /// Above the numbers of all families that there ever were.
    var nextFamily = StoreFamily.ofNewDatabase.count
    /// One for each family.
    var readers: [ModelFamilyReader] = []
    /// Above the numbers of all files.
    var nextNumber = 1
    var logFile: LogFile?
    /// Full files of the write-ahead log that some family still needs.
    var fullLogFiles: [Int] = []
    /// The file of the list of files.
    var manifest = (number: 0, file: 0)
    /// After a failed write or sync nothing is written any more.
    var failure: EngineError?
    private var isClosed = false
    private var generator: SplitMix64

    init(at path: String, on files: SimulatedFileSystem, _ settings: ModelSettings) {
        self.path = path
        self.files = files
        self.settings = settings
        generator = SplitMix64(seed: settings.seed)
    }

    package var isOpen: Bool { !isClosed && files.isAlive }

    package func close() { isClosed = true }

    func fileName(_ number: Int, _ ending: String) -> String {
        "\(path)/\(Self.padded(number)).\(ending)"
    }

    func manifestName(_ number: Int) -> String { "\(path)/MANIFEST-\(Self.padded(number))" }

    private static func padded(_ number: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, 6 - digits.count)) + digits
    }

    // MARK: Conditions

    func missesCache() -> Bool {
        guard settings.cacheMissesPerThousand > 0 else { return false }
        return Int.random(in: 0..<1_000, using: &generator) < settings.cacheMissesPerThousand
    }

    func requireOpen(_ operation: String) throws(EngineError) {
        guard isOpen else {
            throw EngineError(operation: operation, kind: .closed, message: "the database is closed")
        }
    }

    func requireReadable(_ operation: String) throws(EngineError) {
        guard files.disk.permitsRead() else {
            throw EngineError(operation: operation, kind: .inputOutput, message: "IO error: Input/output error")
        }
    }

    func requireWritable(_ operation: String) throws(EngineError) {
        try requireOpen(operation)
        if let failure { throw failure }
    }

    /// Makes calls of the file system that change the disk. After a failure nothing is written any more.
    func changing<Result>(
        _ operation: String, _ calls: () throws(FileError) -> Result
    ) throws(EngineError) -> Result {
        do throws(FileError) {
            return try calls()
        } catch {
            let failure = EngineError(operation, error)
            self.failure = failure
            throw failure
        }
    }
}

extension EngineError {
    init(_ operation: String, _ error: FileError) {
        self.init(
            operation: operation, kind: error.reason == .noSpace ? .noSpace : .inputOutput,
            message: "IO error: \(error.message): \(error.operation)")
    }
}
