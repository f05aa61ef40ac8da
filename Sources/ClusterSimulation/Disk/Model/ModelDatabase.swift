internal import Bytes
package import Storage

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
    /// In the order of `StoreFamily`.
    var families = StoreFamily.allCases.map { _ in ModelFamily() }
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

    // MARK: Reading

    package func withValue(
        forKey key: UnsafeRawBufferPointer, in family: StoreFamily, onlyInMemory: Bool,
        _ body: (UnsafeRawBufferPointer?) -> Void
    ) throws(EngineError) {
        try requireOpen("read a value")
        let memtable = families[family.rawValue].memtable
        if let row = memtable.rows.row(of: key) { return Self.hand(row, to: body) }
        if memtable.ranges.contains(where: { $0.contains(key) }) { return body(nil) }
        if onlyInMemory, missesCache() {
            throw EngineError(
                operation: "read a value", kind: .incomplete, message: "Result incomplete: Cache miss")
        }
        if !onlyInMemory, !families[family.rawValue].tables.isEmpty { try requireReadable("read a value") }
        let row: ModelRow?
        do throws(ModelFamily.DamagedTable) {
            row = try families[family.rawValue].rowInTables(key)
        } catch {
            throw damaged(error, "read a value")
        }
        Self.hand(row, to: body)
    }

    private static func hand(_ row: ModelRow?, to body: (UnsafeRawBufferPointer?) -> Void) {
        guard let value = row?.value else { return body(nil) }
        value.withUnsafeBytes { body($0) }
    }

    private func missesCache() -> Bool {
        guard settings.cacheMissesPerThousand > 0 else { return false }
        return Int.random(in: 0..<1_000, using: &generator) < settings.cacheMissesPerThousand
    }

    package func makeIterator(
        over family: StoreFamily, from lower: UnsafeRawBufferPointer?, upTo upper: UnsafeRawBufferPointer?
    ) throws(EngineError) -> any EngineIterator {
        try requireOpen("create an iterator")
        let family = families[family.rawValue]
        if !family.tables.isEmpty { try requireReadable("iterate") }
        let damage = family.tables.first(where: \.isDamaged).map {
            damaged(ModelFamily.DamagedTable(number: $0.number), "iterate")
        }
        return ModelIterator(
            over: [(family.memtable.rows, family.memtable.ranges)] + family.tables.map { ($0.rows, $0.ranges) },
            from: lower.map { Array($0) }, upTo: upper.map { Array($0) }, error: damage)
    }

    private func damaged(_ table: ModelFamily.DamagedTable, _ operation: String) -> EngineError {
        EngineError(
            operation: operation, kind: .corruption,
            message: "Corruption: block checksum mismatch in \(fileName(table.number, "sst"))")
    }

    package func number(_ property: EngineProperty, of family: StoreFamily) throws(EngineError) -> UInt64 {
        try requireOpen("read a property")
        let family = families[family.rawValue]
        switch property {
        case .filesAtLevel0: return UInt64(family.filesAtLevel0)
        case .recordCount:
            return UInt64(family.memtable.rows.count + family.tables.reduce(0) { $0 + $1.rows.count })
        }
    }

    // MARK: Conditions

    func requireOpen(_ operation: String) throws(EngineError) {
        guard isOpen else {
            throw EngineError(operation: operation, kind: .closed, message: "the database is closed")
        }
    }

    private func requireReadable(_ operation: String) throws(EngineError) {
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
