internal import HotPath
internal import KeyValue

/// The database of a node, with what its users share: the files next to it, and what is known about look-ups.
struct StoreDatabase {
    let engine: any StorageEngine
    let files: any FileSystem
    let hasThreads: Bool
    let options: StorageOptions
    /// For look-ups in key-value data on event loops.
    let lookUps: LookUpGuard

    /// Opens the database at `path`. `creating` permits the engine to create it.
    init(
        path: String, options: StorageOptions, creating: Bool, on platform: any StorePlatform = SystemPlatform()
    ) throws(EngineError) {
        lookUps = LookUpGuard(slowNanoseconds: options.slowLookUpNanoseconds)
        engine = try platform.openEngine(at: path, options, creating: creating)
        files = platform.files
        hasThreads = platform.hasThreads
        self.options = options
    }

    /// Finds out whether RocksDB's lock is free, with a call that always takes it. Not on an event loop.
    func probeLookUps(in family: any EngineFamily) throws(EngineError) {
        let start = LookUpGuard.now()
        _ = try family.number(.filesAtLevel0)
        lookUps.probed(since: start)
    }

    /// The family with the key-value data in force, as the database says.
    func dataFamily() throws(StoreFailure) -> any EngineFamily {
        let number = try record(
            forKey: Array(MetaKey.dataFamily.rawValue.utf8), named: MetaKey.dataFamily.rawValue, in: .metadata,
            DataFamilyRecord.decode)
        do throws(EngineError) {
            return try engine.require(.data(number ?? 0))
        } catch {
            throw StoreFailure("find the key-value data", error)
        }
    }

    /// Call before a batch is filled: unlike the calls of the engine, a batch does not notice that the database is
    /// closed.
    func requireOpen(for operation: String) throws(StoreFailure) {
        guard engine.isOpen else {
            throw StoreFailure(operation: operation, message: "the store of this node was closed before")
        }
    }

    // MARK: Records

    /// The decoded record under `key`, or nil if there is none.
    func record<Record>(
        forKey key: UnsafeRawBufferPointer, named name: @autoclosure () -> String, in family: any EngineFamily,
        _ decode: (UnsafeRawBufferPointer) throws(CodecError) -> Record
    ) throws(StoreFailure) -> Record? {
        var outcome = Result<Record?, CodecError>.success(nil)
        do throws(EngineError) {
            try family.withValue(forKey: key, onlyInMemory: false) { record in
                outcome = Result { () throws(CodecError) in
                    guard let record else { return nil }
                    return try decode(record)
                }
            }
        } catch {
            throw StoreFailure("read the record \(name())", error)
        }
        switch outcome {
        case .success(let record): return record
        case .failure(let error):
            throw StoreFailure(operation: "read the record \(name())", message: error.description)
        }
    }

    func record<Record>(
        forKey key: UnsafeRawBufferPointer, named name: @autoclosure () -> String, in family: StoreFamily,
        _ decode: (UnsafeRawBufferPointer) throws(CodecError) -> Record
    ) throws(StoreFailure) -> Record? {
        let held: any EngineFamily
        do throws(EngineError) {
            held = try engine.require(family)
        } catch {
            throw StoreFailure("read the record \(name())", error)
        }
        return try record(forKey: key, named: name(), in: held, decode)
    }

    func record<Record>(
        forKey key: [UInt8], named name: @autoclosure () -> String, in family: StoreFamily,
        _ decode: (UnsafeRawBufferPointer) throws(CodecError) -> Record
    ) throws(StoreFailure) -> Record? {
        try key.withRawBytes { key throws(StoreFailure) in
            try record(forKey: key, named: name(), in: family, decode)
        }
    }

    // MARK: Iterators

    /// An iterator over the state of now, for `operation`; nil is no bound.
    func makeIterator(
        over family: StoreFamily, from lower: UnsafeRawBufferPointer? = nil, upTo upper: UnsafeRawBufferPointer? = nil,
        for operation: String
    ) throws(StoreFailure) -> any EngineIterator {
        do throws(EngineError) {
            return try engine.makeIterator(over: family, from: lower, upTo: upper)
        } catch {
            throw StoreFailure(operation, error)
        }
    }
}

extension StoreFailure {
    init(_ operation: String, _ error: EngineError) { self.init(operation: operation, message: error.description) }
    init(_ operation: String, _ error: FileError) { self.init(operation: operation, message: error.description) }
}

extension EngineIterator {
    func checkStatus(for operation: String) throws(StoreFailure) {
        do throws(EngineError) {
            try checkStatus()
        } catch {
            throw StoreFailure(operation, error)
        }
    }
}
