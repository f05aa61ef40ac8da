internal import RocksDB

/// One file of a directory.
package struct InspectedFile: Encodable, Sendable {
    package var name: String
    /// Nil if nobody can tell.
    package var bytes: Int?
    package var meaning: String

    init(_ name: String, in directory: String, _ tables: [Database.TableFile]) {
        self.name = name
        bytes = SystemFiles.size(of: "\(directory)/\(name)")
        meaning = Self.meaning(of: name, tables)
    }

    private static func meaning(of name: String, _ tables: [Database.TableFile]) -> String {
        switch name {
        case DataDirectory.lockName: return "locked while a process uses the directory"
        case DataDirectory.markerName: return "what the directory is"
        case Witness.fileName: return "what the node has promised"
        case Consent.fileName: return "consent that the node gives up its history"
        case "db/CURRENT": return "names the list of files in force"
        case "db/IDENTITY": return "identity of the database"
        case "db/LOCK": return "locked while a process has the database open"
        case "db/\(TableIngestion.fileName)": return "a table on its way into the database, or left by a crash"
        default: break
        }
        let inner = name.dropFirst("db/".count)
        if name.hasPrefix(KeptLogFiles.prefix) {
            return "write-ahead log as a start found it that was refused, or did not end"
        }
        if name.hasPrefix("\(DataDirectory.snapshotName)/") {
            return "a part of a snapshot that is taken in, or left by a crash"
        }
        guard name.hasPrefix("db/") else { return "not Skiff's" }
        if inner.hasPrefix("MANIFEST-") { return "list of files" }
        if inner.hasPrefix("OPTIONS-") { return "options of the database" }
        if inner.hasPrefix("LOG") { return "RocksDB's own messages" }
        if inner.hasSuffix(".log") { return "write-ahead log: entries and hard state that no table file has yet" }
        if inner.hasSuffix(".trash") { return "a file that is being deleted" }
        guard inner.hasSuffix(".sst") else { return "unknown" }
        guard let table = tables.first(where: { $0.name == inner }) else { return "table file that nothing uses" }
        return "table file of \(table.columnFamily), level \(table.level)"
    }

    package var text: String {
        let size = bytes.map { "\($0)" } ?? "?"
        return "\(name)  \(size) bytes  \(meaning)"
    }
}
