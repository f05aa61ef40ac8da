import Storage
import Synchronization

/// The machine that the test runs on: a hook is called before each call that changes the database, and the entries of
/// the log that are read are counted.
///
/// `@unchecked Sendable`: the hook is set before and called on one thread.
final class HookedPlatform: StorePlatform, @unchecked Sendable {
    private let system = SystemPlatform()
    private let entryCount = Atomic<Int>(0)
    var hook: (String) -> Void = { _ in }

    var entriesRead: Int { entryCount.load(ordering: .relaxed) }

    var files: any FileSystem { system.files }

    var hasThreads: Bool { system.hasThreads }

    func openEngine(
        at path: String, _ options: StorageOptions, creating: Bool
    ) throws(EngineError) -> any StorageEngine {
        HookedEngine(try system.openEngine(at: path, options, creating: creating), self)
    }

    fileprivate func noteRead(of family: StoreFamily) {
        if family == .log { entryCount.wrappingAdd(1, ordering: .relaxed) }
    }
}

private final class HookedEngine: StorageEngine {
    private let engine: any StorageEngine
    private let platform: HookedPlatform

    init(_ engine: any StorageEngine, _ platform: HookedPlatform) {
        self.engine = engine
        self.platform = platform
    }

    var path: String { engine.path }

    var isOpen: Bool { engine.isOpen }

    func close() { engine.close() }

    func family(_ name: StoreFamily) -> (any EngineFamily)? {
        engine.family(name).map { HookedFamily($0, platform) }
    }

    var dataFamilies: [Int] { engine.dataFamilies }

    func createDataFamily(_ number: Int) throws(EngineError) -> any EngineFamily {
        platform.hook("create")
        return HookedFamily(try engine.createDataFamily(number), platform)
    }

    func dropDataFamily(_ number: Int) throws(EngineError) {
        platform.hook("drop")
        try engine.dropDataFamily(number)
    }

    var hasDroppedFamilies: Bool { engine.hasDroppedFamilies }

    func freeDroppedFamilies() throws(EngineError) { try engine.freeDroppedFamilies() }

    func makeBatch() -> any EngineBatch { HookedBatch(engine.makeBatch(), platform) }

    func syncLog() throws(EngineError) {
        platform.hook("sync")
        try engine.syncLog()
    }

    func makeSnapshot() throws(EngineError) -> any EngineSnapshot { try engine.makeSnapshot() }

    func writeTableFile(_ path: String, _ rows: [TableRow]) throws(EngineError) {
        platform.hook("write a table file")
        try engine.writeTableFile(path, rows)
    }

    func hurryTableFiles(_ isHurrying: Bool) { engine.hurryTableFiles(isHurrying) }

    func startTableFile(_ path: String) throws(EngineError) -> any EngineTableFile {
        platform.hook("start a table file")
        return try engine.startTableFile(path)
    }
}

private final class HookedFamily: EngineFamily {
    private let family: any EngineFamily
    private let platform: HookedPlatform

    init(_ family: any EngineFamily, _ platform: HookedPlatform) {
        self.family = family
        self.platform = platform
    }

    var name: StoreFamily { family.name }

    func withValue(
        forKey key: UnsafeRawBufferPointer, onlyInMemory: Bool, _ body: (UnsafeRawBufferPointer?) -> Void
    ) throws(EngineError) {
        platform.noteRead(of: name)
        try family.withValue(forKey: key, onlyInMemory: onlyInMemory, body)
    }

    func makeIterator(
        from lower: UnsafeRawBufferPointer?, upTo upper: UnsafeRawBufferPointer?, at snapshot: (any EngineSnapshot)?
    ) throws(EngineError) -> any EngineIterator {
        HookedIterator(try family.makeIterator(from: lower, upTo: upper, at: snapshot), of: name, platform)
    }

    func number(_ property: EngineProperty) throws(EngineError) -> UInt64 { try family.number(property) }

    func flush() throws(EngineError) {
        platform.hook("flush")
        try family.flush()
    }

    func removeFiles(through key: UnsafeRawBufferPointer) throws(EngineError) {
        platform.hook("remove files")
        try family.removeFiles(through: key)
    }

    func ingest(_ paths: [String]) throws(EngineError) {
        platform.hook("ingest")
        try family.ingest(paths)
    }
}

private final class HookedBatch: EngineBatch {
    private let batch: any EngineBatch
    private let platform: HookedPlatform

    init(_ batch: any EngineBatch, _ platform: HookedPlatform) {
        self.batch = batch
        self.platform = platform
    }

    var count: Int { batch.count }

    func put(_ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer, in family: StoreFamily) {
        batch.put(key, value, in: family)
    }

    func delete(_ key: UnsafeRawBufferPointer, in family: StoreFamily) { batch.delete(key, in: family) }

    func deleteRange(from lower: UnsafeRawBufferPointer, upTo upper: UnsafeRawBufferPointer, in family: StoreFamily) {
        batch.deleteRange(from: lower, upTo: upper, in: family)
    }

    func write() throws(EngineError) {
        platform.hook("write")
        try batch.write()
    }

    func clear() { batch.clear() }
}

private final class HookedIterator: EngineIterator {
    private let iterator: any EngineIterator
    private let family: StoreFamily
    private let platform: HookedPlatform

    init(_ iterator: any EngineIterator, of family: StoreFamily, _ platform: HookedPlatform) {
        self.iterator = iterator
        self.family = family
        self.platform = platform
    }

    var isValid: Bool { iterator.isValid }

    var key: UnsafeRawBufferPointer { iterator.key }

    var value: UnsafeRawBufferPointer { iterator.value }

    func seekToFirst() {
        platform.noteRead(of: family)
        iterator.seekToFirst()
    }

    func seekToLast() {
        platform.noteRead(of: family)
        iterator.seekToLast()
    }

    func seek(to key: UnsafeRawBufferPointer) {
        platform.noteRead(of: family)
        iterator.seek(to: key)
    }

    func next() {
        platform.noteRead(of: family)
        iterator.next()
    }

    func checkStatus() throws(EngineError) { try iterator.checkStatus() }
}
