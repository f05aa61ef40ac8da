import Foundation
import Storage
import Testing

@testable import ClusterSimulation

/// RocksDB in a temporary directory and the model on a simulated disk, which get the same calls.
final class EnginePair {
    /// Sizes of the newest file of a write-ahead log.
    private struct LogSize: Equatable {
        var path: String
        var bytes: Int
    }

    /// A batch that was written: where it ends in the two logs.
    private struct Batch {
        var real: LogSize
        var model: LogSize
    }

    private static let modelPath = "/data/db"

    private let root: URL
    private var generation = 0
    private let disk = SimulatedDisk()
    private(set) var real: any StorageEngine
    private(set) var model: any StorageEngine
    private var calls: [EngineCall] = []
    /// Those of this generation.
    private var batches: [Batch] = []
    private var syncedBatches = 0
    /// Batches that a loss of power took, and how many of them it cut in the middle.
    private(set) var lostBatches = 0
    private(set) var tornBatches = 0
    private var syncedReal = LogSize(path: "", bytes: 0)
    private(set) var expected = EngineContent()
    /// The content when this generation began.
    private var start = EngineContent()

    init() throws {
        // Not on a disk: nothing here depends on its syncs.
        root = URL(filePath: "/dev/shm/skiff-engines-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: root, withIntermediateDirectories: false)
        let files = disk.mount()
        try files.makeDirectory("/data", ownerOnly: true)
        try files.syncDirectory("/")
        real = try Self.openReal(root, 0, creating: true)
        model = try Self.openModel(disk, creating: true)
        try Self.makeNamesDurable(disk)
    }

    deinit {
        real.close()
        do {
            try FileManager.default.removeItem(at: root)
        } catch {
            Issue.record("the directory of the test is left: \(error)")
        }
    }

    /// What `DataDirectory` does for the directory of a new database.
    private static func makeNamesDurable(_ disk: SimulatedDisk) throws { try disk.mount().syncDirectory("/data") }

    private static func openReal(_ root: URL, _ generation: Int, creating: Bool) throws -> any StorageEngine {
        var options = StorageOptions()
        options.memoryBytes = StorageOptions.memoryBytesMin
        return try SystemPlatform().openEngine(
            at: root.appending(path: "\(generation)").path(), options, creating: creating)
    }

    private static func openModel(_ disk: SimulatedDisk, creating: Bool) throws -> any StorageEngine {
        try SimulatedPlatform(on: disk).openEngine(at: modelPath, StorageOptions(), creating: creating)
    }

    private var realPath: String { root.appending(path: "\(generation)").path() }

    // MARK: Calls

    func perform(_ call: EngineCall) throws {
        try call.perform(on: real, realPath)
        try call.perform(on: model, Self.modelPath)
        expected.perform(call)
        calls.append(call)
        switch call {
        case .write: batches.append(Batch(real: try realLogSize(), model: modelLogSize()))
        case .sync: try noteSync()
        // Both sync the log before they write a table.
        case .flush: if try realLogSize().path != batches.last?.real.path { try noteSync() }
        case .ingest, .create, .drop: break
        }
    }

    /// What both engines hold now, to be read later.
    func makeViews() throws -> [EngineView] { try [EngineView(of: real), EngineView(of: model)] }

    private func noteSync() throws {
        syncedBatches = batches.count
        syncedReal = try realLogSize()
    }

    private func realLogSize() throws -> LogSize {
        let sizes = try fingerprint(realPath)
        guard let name = sizes.keys.filter({ $0.hasSuffix(".log") }).max() else { return LogSize(path: "", bytes: 0) }
        return LogSize(path: name, bytes: sizes[name] ?? 0)
    }

    private func modelLogSize() -> LogSize {
        guard let path = disk.paths.last(where: { $0.hasSuffix(".log") }) else { return LogSize(path: "", bytes: 0) }
        return LogSize(path: path, bytes: disk.content(of: path)?.count ?? 0)
    }

    // MARK: Loss of power

    /// Cuts both logs off at one place that is not synced, and opens what is left. `draw` is asked for a number below
    /// its argument.
    func losePower(_ draw: (Int) -> Int) throws {
        let size = try realLogSize()
        let synced = syncedReal.path == size.path ? syncedReal.bytes : 0
        let cut = synced + draw(size.bytes - synced + 1)
        let kept = batches.prefix { $0.real.path != size.path || $0.real.bytes <= cut }.count
        #expect(kept >= syncedBatches)
        lostBatches += batches.count - kept
        let end = batches[..<kept].last { $0.real.path == size.path }?.real.bytes ?? 0
        if cut > end { tornBatches += 1 }

        try reopenReal(cut: cut, of: size.path)
        try reopenModel(keeping: kept, draw)

        var content = start
        var batch = 0
        for call in calls {
            if case .write = call {
                batch += 1
                if batch > kept { continue }
            }
            content.perform(call)
        }
        expected = content
        start = content
        calls = []
        batches = []
        syncedBatches = 0
        syncedReal = try realLogSize()
    }

    private func reopenReal(cut: Int, of log: String) throws {
        let before = realPath
        generation += 1
        try copyAtRest(before, to: realPath)
        if !log.isEmpty {
            let file = try FileHandle(forWritingTo: URL(filePath: "\(realPath)/\(log)"))
            try file.truncate(atOffset: UInt64(cut))
            try file.close()
        }
        real.close()
        try FileManager.default.removeItem(atPath: before)
        real = try Self.openReal(root, generation, creating: false)
    }

    /// RocksDB removes and merges files in the background meanwhile, and no crash leaves a mixture of old and new ones.
    private func copyAtRest(_ source: String, to target: String) throws {
        while true {
            let names = try fingerprint(source)
            do {
                try FileManager.default.copyItem(atPath: source, toPath: target)
                if try fingerprint(source) == names { return }
            } catch CocoaError.fileNoSuchFile, CocoaError.fileReadNoSuchFile {}
            try FileManager.default.removeItem(atPath: target)
        }
    }

    /// Name and size of each file.
    private func fingerprint(_ directory: String) throws -> [String: Int] {
        while true {
            do {
                var sizes: [String: Int] = [:]
                for name in try FileManager.default.contentsOfDirectory(atPath: directory) {
                    let attributes = try FileManager.default.attributesOfItem(atPath: "\(directory)/\(name)")
                    sizes[name] = attributes[.size] as? Int
                }
                return sizes
            } catch CocoaError.fileNoSuchFile, CocoaError.fileReadNoSuchFile {}
        }
    }

    private func reopenModel(keeping kept: Int, _ draw: (Int) -> Int) throws {
        // The end of the last batch that is kept, and a part of the next one.
        let log = modelLogSize().path
        let ends = batches.filter { $0.model.path == log }
        let keptEnds = batches[..<kept].filter { $0.model.path == log }
        let end = keptEnds.last?.model.bytes ?? 0
        let torn = keptEnds.count < ends.count ? draw(ends[keptEnds.count].model.bytes - end) : 0
        let synced = disk.syncedBytes(of: log) ?? 0
        #expect(end >= synced, "the model has synced more than RocksDB")
        disk.losePower(
            keeping: { unsynced in
                UnsyncedRest(count: min(max(0, end + torn - synced), unsynced))
            }, keepingChanges: { $0 })
        model = try Self.openModel(disk, creating: false)
    }
}
