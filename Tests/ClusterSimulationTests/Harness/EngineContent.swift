import Storage

/// What an engine should hold: the calls, performed in the plainest way.
struct EngineContent: Equatable {
    /// Of each family that exists.
    private(set) var rows = Dictionary(uniqueKeysWithValues: StoreFamily.ofNewDatabase.map { ($0, [:] as Rows) })

    typealias Rows = [[UInt8]: [UInt8]]

    mutating func perform(_ call: EngineCall) {
        switch call {
        case .write(let operations): for operation in operations { perform(operation) }
        case .sync, .flush: break
        case .ingest(let family, let files):
            for row in files.joined() { rows[family]?[row.key] = row.value }
        case .create(let number): rows[.data(number)] = [:]
        case .drop(let number): rows[.data(number)] = nil
        }
    }

    private mutating func perform(_ operation: EngineCall.Operation) {
        switch operation {
        case .put(let family, let key, let value): rows[family]?[key] = value
        case .delete(let family, let key): rows[family]?[key] = nil
        case .deleteRange(let family, let lower, let upper):
            rows[family] = rows[family]?.filter { key, _ in
                key.lexicographicallyPrecedes(lower) || !key.lexicographicallyPrecedes(upper)
            }
        }
    }

    init() {}

    /// Everything that an engine holds, by iteration.
    init(of engine: any StorageEngine) throws(EngineError) {
        rows = [:]
        for name in [.log, .metadata] + engine.dataFamilies.map({ .data($0) }) as [StoreFamily] {
            rows[name] = try Self.content(of: engine.require(name), at: nil)
        }
    }

    /// What families held at the moment of a snapshot, whatever has become of them since.
    init(of families: [any EngineFamily], at snapshot: any EngineSnapshot) throws(EngineError) {
        rows = [:]
        for family in families { rows[family.name] = try Self.content(of: family, at: snapshot) }
    }

    private static func content(
        of family: any EngineFamily, at snapshot: (any EngineSnapshot)?
    ) throws(EngineError) -> Rows {
        var rows: Rows = [:]
        let iterator = try family.makeIterator(from: nil, upTo: nil, at: snapshot)
        iterator.seekToFirst()
        while iterator.isValid {
            rows[Array(iterator.key)] = Array(iterator.value)
            iterator.next()
        }
        try iterator.checkStatus()
        return rows
    }

    /// The rows of a family in the order of the iterator.
    static func rows(
        of engine: any StorageEngine, _ family: StoreFamily, from lower: [UInt8]? = nil, upTo upper: [UInt8]? = nil,
        startingAt start: [UInt8]? = nil
    ) throws(EngineError) -> [(key: [UInt8], value: [UInt8])] {
        var rows: [(key: [UInt8], value: [UInt8])] = []
        let iterator = try Self.iterator(of: engine, family, lower, upper)
        if let start { start.withUnsafeBytes { iterator.seek(to: $0) } } else { iterator.seekToFirst() }
        while iterator.isValid {
            rows.append((Array(iterator.key), Array(iterator.value)))
            iterator.next()
        }
        try iterator.checkStatus()
        return rows
    }

    static func iterator(
        of engine: any StorageEngine, _ family: StoreFamily, _ lower: [UInt8]?, _ upper: [UInt8]?
    ) throws(EngineError) -> any EngineIterator {
        // Both bounds in one slab, so that they have addresses at the same time.
        let slab = (lower ?? []) + (upper ?? [])
        let outcome: Result<any EngineIterator, EngineError> = slab.withUnsafeBytes { slab in
            let middle = lower?.count ?? 0
            return Result { () throws(EngineError) in
                try engine.makeIterator(
                    over: family, from: lower.map { _ in UnsafeRawBufferPointer(rebasing: slab[..<middle]) },
                    upTo: upper.map { _ in UnsafeRawBufferPointer(rebasing: slab[middle...]) })
            }
        }
        return try outcome.get()
    }

    static func value(
        of key: [UInt8], _ family: StoreFamily, in engine: any StorageEngine
    ) throws(EngineError) -> [UInt8]? {
        var found: [UInt8]?
        let outcome: Result<Void, EngineError> = key.withUnsafeBytes { key in
            Result { () throws(EngineError) in
                try engine.withValue(forKey: key, in: family, onlyInMemory: false) { found = $0.map { Array($0) } }
            }
        }
        try outcome.get()
        return found
    }
}
