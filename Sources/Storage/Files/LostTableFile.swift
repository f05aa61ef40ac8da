/// A table file that RocksDB misses at the start although its content is still there, as the file of the last table in
/// memory that was written.
///
/// RocksDB 7.8 deletes a file that enters the database if it cannot sync its list of files after that. The list may
/// reach the disk all the same, and then names a file that is gone. The node had stopped at once, so the name under
/// which Skiff had written the file has survived.
struct LostTableFile {
    /// As RocksDB names it.
    let name: String

    /// Nil if the error is another one, or if the content is gone as well.
    init?(_ error: EngineError, database path: String, files: DirectoryFiles) throws(StorageError) {
        guard error.message.contains("No such file or directory"), let name = Self.tableName(in: error.message),
            try files.kind(of: "\(path)/\(TableIngestion.fileName)") == .other
        else { return nil }
        self.name = name
    }

    /// The table file that a message of RocksDB names. For a file that is missing under its own name, the message has
    /// the ending that such files had in old releases.
    private static func tableName(in message: String) -> String? {
        for part in message.split(separator: "/") {
            let number = part.prefix { $0.isASCII && $0.isNumber }
            let ending = part[number.endIndex...]
            if number.count >= 6, ending.hasPrefix(".ldb") || ending.hasPrefix(".sst") { return "\(number).sst" }
        }
        return nil
    }
}
