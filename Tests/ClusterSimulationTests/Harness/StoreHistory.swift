import ClusterControl
import HotPath
import KeyValue
import RaftCore
import Storage

@testable import ClusterSimulation

/// A life of one node as its replica would lead it, call by call, and what the node has acknowledged by then.
struct StoreHistory {
    /// Must be on the disk after a crash. Entries are told apart by their terms.
    struct State: Equatable {
        var clusterID: ClusterID?
        var terms: [UInt64] = []
        var hardState = HardState()
    }

    /// The bug that its store has.
    var mutant: Mutant?

    static let otherCluster = ClusterID(high: 3, low: 4)

    /// Must survive.
    private(set) var acknowledged = State()
    /// May survive as well, if the last call was cut off: that call would have led to it.
    private(set) var attempted = State()
    /// No entry of `acknowledged` above this index was applied.
    private(set) var committed = 0

    /// Throws when the power fails. Opens the store, lives, and closes it.
    mutating func live(on platform: SimulatedPlatform) throws {
        let store = try NodeStore.open(platform, mutant: mutant)
        attempted = State(clusterID: testCluster, terms: [1], hardState: HardState(currentTerm: Term(1)))
        try store.bootstrap()
        acknowledge()
        try apply(1, to: store)
        try liveInFirstCluster(store)
        try joinOtherCluster(store)
        try store.close()
    }

    private mutating func liveInFirstCluster(_ store: NodeStore) throws {
        for index in 2...9 as ClosedRange<UInt64> {
            try append(.write([.puts(index, term: 1, keys: 1...9)]), to: store)
            if index < 7 { try apply(index, to: store) }
            if index == 4 { try store.stateMachine.flush() }
            _ = store.stateMachine.flushStep()
        }
        // Another leader's entries take the place of the last two, which were never committed.
        let hardState = HardState(currentTerm: Term(3), votedFor: "node2")
        try append(.write([], hardState: hardState), to: store)
        let others: [Entry] = [.puts(8, term: 3, keys: 1...3), .puts(9, term: 3, keys: 2...4)]
        try append(.write(others, truncateFrom: 8), to: store)
        for index in 7...9 as ClosedRange<UInt64> {
            try apply(index, to: store)
            _ = store.stateMachine.flushStep()
        }
        try store.stateMachine.flush()
    }

    private mutating func joinOtherCluster(_ store: NodeStore) throws {
        attempted = State(clusterID: Self.otherCluster)
        try store.resetForJoin(clusterID: Self.otherCluster, instance: InstanceID(high: 1, low: 2))
        acknowledge()
        committed = 0
        let hardState = HardState(currentTerm: Term(5))
        try append(.write([.puts(1, term: 5, keys: 1...2)], hardState: hardState), to: store)
        try append(.write([.puts(2, term: 5, keys: 5...6)]), to: store)
        try apply(1, to: store)
        try apply(2, to: store)
    }

    /// The keys that the entry of an index and a term puts.
    static func keys(ofEntry index: Int, term: UInt64) -> ClosedRange<Int>? {
        switch (index, term) {
        case (1, 1): nil
        case (_, 1): 1...9
        case (8, 3): 1...3
        case (_, 3): 2...4
        case (1, _): 1...2
        default: 5...6
        }
    }

    private mutating func append(_ job: LogJob, to store: NodeStore) throws {
        attempted = acknowledged
        if let index = job.truncateFrom { attempted.terms.removeSubrange(Int(index.rawValue - 1)...) }
        attempted.terms += job.entries.map(\.id.term.rawValue)
        attempted.hardState = job.hardState ?? attempted.hardState
        try store.log.append([job])
        acknowledge()
    }

    private mutating func acknowledge() { acknowledged = attempted }

    private mutating func apply(_ index: UInt64, to store: NodeStore) throws {
        let entries = try store.log.entries(in: LogRange(LogIndex(index), LogIndex(index + 1)), bytesMax: .max)
        var results: [CommandResult] = []
        committed = Int(index)
        try store.stateMachine.apply(entries, results: &results)
    }
}
