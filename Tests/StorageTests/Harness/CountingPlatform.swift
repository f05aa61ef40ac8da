import Storage
import Synchronization

/// The machine that the test runs on, and how many entries of the log were read through it.
final class CountingPlatform: StorePlatform {
    private let system = SystemPlatform()
    private let count = Atomic<Int>(0)

    var entriesRead: Int { count.load(ordering: .relaxed) }

    var files: any FileSystem { system.files }

    var hasThreads: Bool { system.hasThreads }

    func openEngine(
        at path: String, _ options: StorageOptions, creating: Bool
    ) throws(EngineError) -> any StorageEngine {
        CountingEngine(try system.openEngine(at: path, options, creating: creating), self)
    }

    fileprivate func noteEntry(_ family: StoreFamily) { if family == .log { count.wrappingAdd(1, ordering: .relaxed) } }
}

private final class CountingEngine: StorageEngine {
    private let engine: any StorageEngine
    private let platform: CountingPlatform

    init(_ engine: any StorageEngine, _ platform: CountingPlatform) {
        self.engine = engine
        self.platform = platform
    }

    var path: String { engine.path }

    var isOpen: Bool { engine.isOpen }

    func close() { engine.close() }

    func makeBatch() -> any EngineBatch { engine.makeBatch() }

    func syncLog() throws(EngineError) { try engine.syncLog() }

    func family(_ name: StoreFamily) -> (any EngineFamily)? {
        engine.family(name).map { CountingFamily($0) { [platform] in platform.noteEntry(name) } }
    }

    var dataFamilies: [Int] { engine.dataFamilies }

    func createDataFamily(_ number: Int) throws(EngineError) -> any EngineFamily {
        try engine.createDataFamily(number)
    }

    func dropDataFamily(_ number: Int) throws(EngineError) { try engine.dropDataFamily(number) }

    func makeSnapshot() throws(EngineError) -> any EngineSnapshot { try engine.makeSnapshot() }

    func writeTableFile(_ path: String, _ rows: [TableRow]) throws(EngineError) {
        try engine.writeTableFile(path, rows)
    }

    func startTableFile(_ path: String) throws(EngineError) -> any EngineTableFile {
        try engine.startTableFile(path)
    }
}

private final class CountingFamily: EngineFamily {
    private let family: any EngineFamily
    private let noteEntry: @Sendable () -> Void

    init(_ family: any EngineFamily, _ noteEntry: @escaping @Sendable () -> Void) {
        self.family = family
        self.noteEntry = noteEntry
    }

    var name: StoreFamily { family.name }

    func withValue(
        forKey key: UnsafeRawBufferPointer, onlyInMemory: Bool, _ body: (UnsafeRawBufferPointer?) -> Void
    ) throws(EngineError) {
        noteEntry()
        try family.withValue(forKey: key, onlyInMemory: onlyInMemory, body)
    }

    func makeIterator(
        from lower: UnsafeRawBufferPointer?, upTo upper: UnsafeRawBufferPointer?, at snapshot: (any EngineSnapshot)?
    ) throws(EngineError) -> any EngineIterator {
        CountingIterator(try family.makeIterator(from: lower, upTo: upper, at: snapshot), noteEntry)
    }

    func number(_ property: EngineProperty) throws(EngineError) -> UInt64 { try family.number(property) }

    func flush() throws(EngineError) { try family.flush() }

    func ingest(_ paths: [String]) throws(EngineError) { try family.ingest(paths) }
}

private final class CountingIterator: EngineIterator {
    private let iterator: any EngineIterator
    private let noteEntry: () -> Void

    init(_ iterator: any EngineIterator, _ noteEntry: @escaping () -> Void) {
        self.iterator = iterator
        self.noteEntry = noteEntry
    }

    var isValid: Bool { iterator.isValid }

    var key: UnsafeRawBufferPointer { iterator.key }

    var value: UnsafeRawBufferPointer { iterator.value }

    func seekToFirst() {
        noteEntry()
        iterator.seekToFirst()
    }

    func seekToLast() {
        noteEntry()
        iterator.seekToLast()
    }

    func seek(to key: UnsafeRawBufferPointer) {
        noteEntry()
        iterator.seek(to: key)
    }

    func next() {
        noteEntry()
        iterator.next()
    }

    func checkStatus() throws(EngineError) { try iterator.checkStatus() }
}
