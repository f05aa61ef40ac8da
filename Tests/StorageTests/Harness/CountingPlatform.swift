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

    func flush(_ family: StoreFamily) throws(EngineError) { try engine.flush(family) }

    func withValue(
        forKey key: UnsafeRawBufferPointer, in family: StoreFamily, onlyInMemory: Bool,
        _ body: (UnsafeRawBufferPointer?) -> Void
    ) throws(EngineError) {
        platform.noteEntry(family)
        try engine.withValue(forKey: key, in: family, onlyInMemory: onlyInMemory, body)
    }

    func makeIterator(
        over family: StoreFamily, from lower: UnsafeRawBufferPointer?, upTo upper: UnsafeRawBufferPointer?
    ) throws(EngineError) -> any EngineIterator {
        let iterator = try engine.makeIterator(over: family, from: lower, upTo: upper)
        return CountingIterator(iterator) { [platform] in platform.noteEntry(family) }
    }

    func number(_ property: EngineProperty, of family: StoreFamily) throws(EngineError) -> UInt64 {
        try engine.number(property, of: family)
    }

    func writeTableFile(_ path: String, _ rows: [TableRow]) throws(EngineError) {
        try engine.writeTableFile(path, rows)
    }

    func ingest(_ path: String, into family: StoreFamily) throws(EngineError) {
        try engine.ingest(path, into: family)
    }
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
