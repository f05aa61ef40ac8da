internal import RocksDB

/// A column family of RocksDB, seen through the port.
///
/// `@unchecked Sendable`: `Database` takes calls on any thread, and the read options never change.
final class RocksDBFamily: EngineFamily, @unchecked Sendable {
    let name: StoreFamily
    let column: ColumnFamily
    private let database: Database
    /// Whom to tell of new files; nil for a family that gets none.
    private let pacer: WritePacer?
    private let reads = ReadOptions()
    private let memoryReads = ReadOptions(tier: .blockCache)

    init(_ name: StoreFamily, _ column: ColumnFamily, of database: Database, pacer: WritePacer?) {
        self.name = name
        self.column = column
        self.database = database
        self.pacer = name.dataNumber == nil ? nil : pacer
    }

    func withValue(
        forKey key: UnsafeRawBufferPointer, onlyInMemory: Bool, _ body: (UnsafeRawBufferPointer?) -> Void
    ) throws(EngineError) {
        do throws(RocksDBError) {
            if onlyInMemory {
                try database.withValue(forKey: key, in: column, memoryReads, body)
            } else {
                try database.withValue(forKey: key, in: column, reads, body)
            }
        } catch {
            throw EngineError(error)
        }
    }

    func makeIterator(
        from lower: UnsafeRawBufferPointer?, upTo upper: UnsafeRawBufferPointer?, at snapshot: (any EngineSnapshot)?
    ) throws(EngineError) -> any EngineIterator {
        let native = snapshot.map { snapshot in
            guard let snapshot = snapshot as? RocksDBSnapshot else {
                preconditionFailure("RocksDB is asked for a state of another engine")
            }
            return snapshot.native
        }
        return try translating { () throws(RocksDBError) in
            let options = ReadOptions(fillCache: false, snapshot: native, lowerBound: lower, upperBound: upper)
            return RocksDBIterator(try Iterator(over: column, of: database, options))
        }
    }

    func number(_ property: EngineProperty) throws(EngineError) -> UInt64 {
        try translating { () throws(RocksDBError) in
            // As text: not every number is one of RocksDB's integer properties.
            let text = try database.property(property.name, of: column)
            guard let number = text.flatMap({ UInt64($0) }) else {
                preconditionFailure("RocksDB tells \(text ?? "nothing") as \(property.name)")
            }
            return number
        }
    }

    func filesAtLevel0() throws(EngineError) -> Int { Int(try number(.filesAtLevel0)) }

    func flush() throws(EngineError) {
        try translating { () throws(RocksDBError) in try database.flush(column) }
    }

    func removeFiles(through key: UnsafeRawBufferPointer) throws(EngineError) {
        try translating { () throws(RocksDBError) in try database.removeFiles(of: column, through: key) }
    }

    func ingest(_ paths: [String]) throws(EngineError) {
        try translating { () throws(RocksDBError) in
            // A thread that may block, and not the last reader of a dropped family, waits for its files to go.
            try database.closeUnused()
            try database.ingest(paths, into: column)
        }
        pacer?.found(filesAtLevel0: try filesAtLevel0())
    }
}

extension EngineProperty {
    fileprivate var name: String {
        switch self {
        case .filesAtLevel0: "rocksdb.num-files-at-level0"
        case .recordCount: "rocksdb.estimate-num-keys"
        case .fileBytes: "rocksdb.live-sst-files-size"
        }
    }
}
