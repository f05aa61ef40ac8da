internal import HotPath
internal import RaftCore
internal import Synchronization

/// Makes a table in memory a table file of the family with the key-value data. The file also holds the record of the
/// applied index and enters the database as a whole, so a crash leaves the state after some batch. Flush thread only,
/// except for `setHurry` and `close`.
final class TableIngestion: TableDestination {
    /// Not a name that RocksDB uses: it leaves unknown files alone.
    static let fileName = "memtable.new"

    private let store: StoreDatabase
    private let facts: StoreFacts
    /// Names a file that exists only while a table is written. The leftover of an earlier process is removed when the
    /// first table is written.
    private let path: String
    private let isClosing = Atomic<Bool>(false)

    init(_ store: StoreDatabase, _ facts: StoreFacts) {
        self.store = store
        self.facts = facts
        path = "\(store.engine.path)/\(Self.fileName)"
    }

    func prepare(_ table: MemTable) throws(StoreFailure) {
        try removeLeftover()
        try writing(table) { () throws(EngineError) in try writeFile(of: table) }
    }

    /// Bounds the number of files that a read may have to search. RocksDB's own brake is off, because it would stop the
    /// log as well, and compactions that are behind get faster with the number of files (`WritePace`).
    func mayEnter(_ family: any EngineFamily) throws(StoreFailure) -> Bool {
        if isClosing.load(ordering: .acquiring) { return true }
        do throws(EngineError) {
            return try family.number(.filesAtLevel0) < Self.filesMax
        } catch {
            throw StoreFailure("count the files of the key-value data", error)
        }
    }

    func enter(_ table: MemTable, into family: any EngineFamily) throws(StoreFailure) {
        try writing(table) { () throws(EngineError) in
            store.lookUps.ingestionBegins()
            defer { store.lookUps.ingestionEnded() }
            try family.ingest([path])
            facts.noteDatabase(
                through: table.applied.last.index, records: try family.number(.recordCount),
                bytes: try family.number(.fileBytes), leavingMemory: table.keyCount)
        }
    }

    func setHurry(_ isHurrying: Bool) {
        store.engine.hurryTableFiles(isHurrying || isClosing.load(ordering: .acquiring))
    }

    func close() {
        isClosing.store(true, ordering: .releasing)
        setHurry(true)
    }

    static let filesMax: UInt64 = 64

    private func writeFile(of table: MemTable) throws(EngineError) {
        var record = [UInt8](repeating: 0, count: AppliedRecord.encodedBytes)
        record.withUnsafeMutableBytes { table.applied.encode(into: $0) }
        try KeyValueKey.applied.withRawBytes { key throws(EngineError) in
            try record.withRawBytes { record throws(EngineError) in
                let applied = TableRow(key: key, record: record)
                // A file without rows would be no file.
                let forgets = store.options.has(.forgetsAppliedRecord) && table.keyCount > 0
                let rows = table.sortedRows(with: forgets ? [] : [applied])
                try store.engine.writeTableFile(path, rows)
            }
        }
        // The rows point into the table.
        withExtendedLifetime(table) {}
    }

    private func writing(_ table: MemTable, _ calls: () throws(EngineError) -> Void) throws(StoreFailure) {
        do throws(EngineError) {
            try calls()
        } catch {
            throw StoreFailure("write the key-value data up to \(table.applied.last)", error)
        }
    }

    /// A crash may have left a second name of a file that belongs to the database by now: writing to it would destroy
    /// data.
    private func removeLeftover() throws(StoreFailure) {
        do throws(FileError) {
            try store.files.remove(path)
        } catch {
            throw StoreFailure(operation: error.operation, message: error.message)
        }
    }
}
