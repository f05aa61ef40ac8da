import Bytes
import HotPath
import KeyValue
import NIOCore
import RaftCore
import Storage

@testable import ClusterSimulation

/// Lives of a node whose log grows, is truncated and is applied at random, each ended by a loss of power at a random
/// call that changes the disk. Each begins with a comparison of what the start has found with the whole log.
struct LogLife {
    private let disk = SimulatedDisk()
    private var generator: SplitMix64
    /// What the node has acknowledged, and what it may have if its last call was cut off.
    private var acknowledged: [Entry] = []
    private var attempted: [Entry] = []
    private var applied = 0
    /// How many entries have left the log, and how many if the last call was cut off.
    private var gone = 0
    private var goneAttempted = 0
    private var term: UInt64 = 1
    /// How many starts had to find terms, and configurations, among the entries that are applied.
    private(set) var searches = 0
    private(set) var configurationsFound = 0
    /// How many starts have found a log without its beginning.
    private(set) var cutsFound = 0

    init(seed: UInt64) throws {
        generator = SplitMix64(seed: seed)
        let store = try NodeStore.open(SimulatedPlatform(on: disk))
        try store.bootstrap()
        acknowledged = try store.log.entries(in: LogRange(LogIndex(1), LogIndex(2)), bytesMax: .max)
        attempted = acknowledged
        try store.close()
    }

    private mutating func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &generator) }

    /// Returns what the start has found, and what reading all says.
    mutating func start() throws -> (found: StartedLog, read: StartedLog) {
        let store = try NodeStore.open(SimulatedPlatform(on: disk))
        let recovered = try store.recover()
        let rest = try store.log.entries(
            in: LogRange(recovered.compacted.index.next, recovered.last.index.next), bytesMax: .max)
        let cut = Int(recovered.compacted.index.rawValue)
        let log = Array(acknowledged.prefix(cut)) + rest
        let read = try StartedLog(reading: log, after: recovered.applied, gone: cut)
        let isWhole = (log == acknowledged || log == attempted) && (cut == gone || cut == goneAttempted)
        if cut > 0 { cutsFound += 1 }
        (gone, goneAttempted) = (cut, cut)
        acknowledged = isWhole ? log : acknowledged
        attempted = acknowledged
        if read.terms.count(where: { $0.index <= recovered.applied }) > 2 { searches += 1 }
        configurationsFound += read.configurations.count { $0.index > LogIndex(1) && $0.index <= recovered.applied }
        disk.callsUntilPowerFails = number(5...60)
        do {
            var results: [CommandResult] = []
            try store.stateMachine.apply(
                Array(log[Int(recovered.applied.rawValue)..<max(applied, Int(recovered.applied.rawValue))]),
                results: &results)
            while true { try step(store) }
        } catch {
            disk.losePower(.drawn, drawing: &generator)
        }
        var found = StartedLog(recovered)
        found.isWhole = isWhole
        return (found, read)
    }

    private mutating func step(_ store: NodeStore) throws {
        switch number(0...9) {
        case 0 where applied < acknowledged.count:
            try append(to: store, truncatingFrom: number(applied + 1...acknowledged.count))
        case 1...2:
            var results: [CommandResult] = []
            let end = number(applied...acknowledged.count)
            let entries = Array(acknowledged[applied..<end])
            applied = end
            try store.stateMachine.apply(entries, results: &results)
        case 3: try store.stateMachine.flush()
        case 4: try cut(store)
        default: try append(to: store)
        }
    }

    private mutating func cut(_ store: NodeStore) throws {
        let persisted = Int(try store.stateMachine.persistedAppliedIndex().rawValue)
        guard persisted > gone else { return }
        goneAttempted = number(gone + 1...persisted)
        var job = LogJob.write([])
        job.compaction = try StartedLog(reading: acknowledged, after: .zero, gone: goneAttempted).point
        attempted = acknowledged
        try store.log.append([job])
        gone = goneAttempted
        if number(0...1) == 0 { try store.log.removeFiles(through: LogIndex(UInt64(gone))) }
        if number(0...1) == 0 { try store.log.releaseFiles() }
    }

    private mutating func append(to store: NodeStore, truncatingFrom index: Int? = nil) throws {
        if index != nil || number(0...4) == 0 { term += UInt64(number(1...3)) }
        attempted = index.map { Array(acknowledged[..<($0 - 1)]) } ?? acknowledged
        var entries: [Entry] = []
        for _ in 0..<number(index == nil ? 1...12 : 0...3) {
            let id = LogID(index: LogIndex(UInt64(attempted.count + 1)), term: Term(term))
            let entry =
                number(0...7) == 0
                ? Entry(
                    id: id, Configuration(members: [Member(id: "node1", role: .voter, raftAddress: "host:\(term)")]))
                : Entry(id: id, kind: .noop, commandCount: 0, payload: ByteBuffer())
            entries.append(entry)
            attempted.append(entry)
        }
        try store.log.append([
            .write(entries, truncateFrom: index.map { UInt64($0) }, hardState: HardState(currentTerm: Term(term)))
        ])
        acknowledged = attempted
    }
}
