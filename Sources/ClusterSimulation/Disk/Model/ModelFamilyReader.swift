internal import Storage

/// A family of a model database for whoever reads it. One thread.
///
/// `@unchecked Sendable`: the simulation has one thread.
final class ModelFamilyReader: EngineFamily, @unchecked Sendable {
    let number: Int
    let name: StoreFamily
    /// Whoever has a family has the database as well, and this has all families.
    private unowned let database: ModelDatabase
    /// Its content when it was dropped.
    private var last: ModelFamily?

    init(_ number: Int, _ name: StoreFamily, of database: ModelDatabase) {
        self.number = number
        self.name = name
        self.database = database
    }

    /// The family is dropped, and had this content.
    func keep(_ last: ModelFamily) { self.last = last }

    private var family: ModelFamily {
        if let last { return last }
        guard let place = database.place(of: number) else {
            preconditionFailure("the column family \(name.name) is gone and was not dropped")
        }
        return database.families[place]
    }

    // MARK: Reading

    func withValue(
        forKey key: UnsafeRawBufferPointer, onlyInMemory: Bool, _ body: (UnsafeRawBufferPointer?) -> Void
    ) throws(EngineError) {
        try database.requireOpen("read a value")
        let family = family
        if let row = family.memtable.rows.row(of: key) { return Self.hand(row, to: body) }
        if family.memtable.ranges.contains(where: { $0.contains(key) }) { return body(nil) }
        if onlyInMemory, database.missesCache() {
            throw EngineError(
                operation: "read a value", kind: .incomplete, message: "Result incomplete: Cache miss")
        }
        if !onlyInMemory, !family.tables.isEmpty { try database.requireReadable("read a value") }
        let row: ModelRow?
        do throws(ModelFamily.DamagedTable) {
            row = try family.rowInTables(key)
        } catch {
            throw damaged(error, "read a value")
        }
        Self.hand(row, to: body)
    }

    private static func hand(_ row: ModelRow?, to body: (UnsafeRawBufferPointer?) -> Void) {
        guard let value = row?.value else { return body(nil) }
        value.withUnsafeBytes { body($0) }
    }

    func removeFiles(through key: UnsafeRawBufferPointer) throws(EngineError) {
        try database.removeFiles(of: number, through: Array(key))
    }

    func makeIterator(
        from lower: UnsafeRawBufferPointer?, upTo upper: UnsafeRawBufferPointer?, at snapshot: (any EngineSnapshot)?
    ) throws(EngineError) -> any EngineIterator {
        try database.requireOpen("create an iterator")
        let family = family(at: snapshot)
        if !family.tables.isEmpty { try database.requireReadable("iterate") }
        let damage = family.tables.first(where: \.isDamaged).map {
            damaged(ModelFamily.DamagedTable(number: $0.number), "iterate")
        }
        return ModelIterator(
            over: [(family.memtable.rows, family.memtable.ranges)] + family.tables.map { ($0.rows, $0.ranges) },
            from: lower.map { Array($0) }, upTo: upper.map { Array($0) }, error: damage)
    }

    private func family(at snapshot: (any EngineSnapshot)?) -> ModelFamily {
        guard let snapshot else { return family }
        guard let snapshot = snapshot as? ModelSnapshot else {
            preconditionFailure("the model is asked for a state of another engine")
        }
        // A family that is younger than the snapshot has nothing in it.
        return snapshot.family(number) ?? ModelFamily(number, name)
    }

    private func damaged(_ table: ModelFamily.DamagedTable, _ operation: String) -> EngineError {
        EngineError(
            operation: operation, kind: .corruption,
            message: "Corruption: block checksum mismatch in \(database.fileName(table.number, "sst"))")
    }

    func number(_ property: EngineProperty) throws(EngineError) -> UInt64 {
        try database.requireOpen("read a property")
        let family = family
        switch property {
        case .filesAtLevel0: return UInt64(family.filesAtLevel0)
        case .recordCount:
            return UInt64(family.memtable.rows.count + family.tables.reduce(0) { $0 + $1.rows.count })
        case .fileBytes:
            let rows = family.tables.lazy.flatMap(\.rows)
            return rows.reduce(0) { $0 + UInt64($1.key.count + ($1.value?.count ?? 0)) }
        }
    }

    // MARK: Writing

    func flush() throws(EngineError) { try database.flush(number) }

    func ingest(_ paths: [String]) throws(EngineError) { try database.ingest(paths, into: number) }
}
