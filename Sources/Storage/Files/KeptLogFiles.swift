/// Second names of the files of the write-ahead log, as a start has found them: RocksDB takes over what it can read of
/// them and deletes them, before anybody can compare what it has read with what the node has promised. So what a start
/// that is refused has not read can still be looked at.
///
/// The names go when a start has succeeded. Those that are left by a start that was refused, or that crashed, stay: the
/// node has promised nothing since then, and the files in `db` that a later start finds have no more.
struct KeptLogFiles {
    /// Of the names of the files, which follow.
    static let prefix = "skiff.kept."

    private let directory: String
    private let database: String
    private let files: any FileSystem
    /// Whether a file could not be given its second name.
    private var isIncomplete = false

    init(_ directory: DataDirectory) {
        self.directory = directory.path
        database = directory.databasePath
        files = directory.files.system
    }

    /// Call before RocksDB opens the database for writing.
    mutating func keep() throws(StorageError) {
        guard try kept().isEmpty else { return }
        let names = try naming { () throws(FileError) in try files.names(in: database) }
        for name in names.sorted() where name.hasSuffix(".log") {
            do throws(FileError) {
                try files.link("\(database)/\(name)", as: "\(directory)/\(Self.prefix)\(name)")
            } catch {
                // Not every file system gives a file two names, and a copy would take as long as the start.
                isIncomplete = true
            }
        }
    }

    /// Call when the start has succeeded.
    func release() throws(StorageError) {
        for name in try kept() {
            try naming { () throws(FileError) in try files.remove("\(directory)/\(name)") }
        }
    }

    /// A sentence for a start that is refused: it says what has changed on the disk, and where the files are that were
    /// there before. Their names are durable then.
    func sentence() -> String {
        do {
            let isKept = try !kept().isEmpty
            guard isKept, !isIncomplete else {
                return isIncomplete
                    ? "The database has replaced the files of its log by what it could read of them."
                    : StorageError.nothingChanged
            }
            try naming { () throws(FileError) in try files.syncDirectory(directory) }
            return """
                The database has replaced the files of its log by what it could read of them; they are kept as \
                \(directory)/\(Self.prefix)*.log.
                """
        } catch {
            return "Nobody can tell whether the log files of the database are kept (\(error.message))."
        }
    }

    private func kept() throws(StorageError) -> [String] {
        try naming { () throws(FileError) in try files.names(in: directory).filter { $0.hasPrefix(Self.prefix) } }
    }

    private func naming<Result>(_ calls: () throws(FileError) -> Result) throws(StorageError) -> Result {
        do throws(FileError) {
            return try calls()
        } catch {
            throw StorageError(directory: directory, error)
        }
    }
}
