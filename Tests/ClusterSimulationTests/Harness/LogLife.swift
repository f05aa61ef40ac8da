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
    private var term: UInt64 = 1
    /// How many starts had to find terms, and configurations, among the entries that are applied.
    private(set) var searches = 0
    private(set) var configurationsFound = 0

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
        let log = try store.log.entries(
            in: LogRange(LogIndex(1), recovered.last.index.next), bytesMax: .max)
        let read = try StartedLog(reading: log, after: recovered.applied)
        let isWhole = log == acknowledged || log == attempted
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
        default: try append(to: store)
        }
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
