import Foundation
import HotPath
import KeyValue
import RaftCore
import Storage

/// A store in its own directory, which is removed with this object.
final class StoreUnderLoad {
    private let directory: URL
    private let store: NodeStore
    private var lastIndex = LogIndex(1)
    private var nextSequence: UInt64 = 0
    private var results: [CommandResult] = []

    init() throws {
        directory = FileManager.default.temporaryDirectory.appending(path: "skiff-micro-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        store = try NodeStore.open(directory: directory.appending(path: "node").path(), nodeID: "a")
        let first = Entry(
            id: LogID(index: lastIndex, term: Term(1)), kind: .configuration, commandCount: 0,
            payload: ConfigurationCodec.encode(Fixtures.configuration))
        try store.bootstrap(
            clusterID: Fixtures.cluster, instance: InstanceID(high: 1, low: 1), configurationEntry: first,
            hardState: HardState(currentTerm: Term(1), votedFor: "a"))
        try store.stateMachine.apply([first], results: &results)
    }

    deinit {
        do {
            try store.close()
            try FileManager.default.removeItem(at: directory)
        } catch {
            print("\(directory.path()) was left behind: \(error)")
        }
    }

    /// Makes the next entries, for either `append` or `apply`.
    func makeEntries(_ count: Int, commandsEach commandCount: Int) -> [Entry] {
        (0..<count).map { _ in
            lastIndex = lastIndex.next
            return Fixtures.entry(index: lastIndex, commandCount: commandCount)
        }
    }

    /// Appends one batch to the log and syncs it.
    func append(_ entries: [Entry]) throws {
        nextSequence += 1
        let notice = FlushNotice(
            epoch: 0, lastLogID: entries.last?.id ?? .zero,
            hardState: HardState(currentTerm: Term(1), votedFor: "a"))
        try store.log.append([
            LogJob(sequence: nextSequence, truncateFrom: nil, entries: entries, hardState: nil, notice: notice)
        ])
    }

    /// Applies one batch to the state machine.
    func apply(_ entries: [Entry]) throws {
        results.removeAll(keepingCapacity: true)
        try store.stateMachine.apply(entries, results: &results)
    }
}
