import HotPath
import KeyValue
import NIOCore
import RaftCore
import Testing

@testable import Storage

/// A node with data, and ways to move its snapshot to another one.
final class SnapshotLab {
    let sourceDirectory = TestDirectory()
    let directory = TestDirectory()
    let source: NodeStore

    /// The source has a configuration, then an entry with `keyCount` keys, then one that deletes every third of them.
    init(keyCount: Int = 240) throws {
        source = try NodeStore.bootstrapped(sourceDirectory)
        try Self.append(Self.entries(keyCount: keyCount), to: source)
    }

    static func entries(keyCount: Int) -> [Entry] {
        let puts = (0..<keyCount).map { TestCommand.put("key\($0)", "value \($0)") }
        let deletes = stride(from: 0, to: keyCount, by: 3).map { TestCommand.delete("key\($0)") }
        return [.commands(index: 2, term: 2, puts), .commands(index: 3, term: 2, deletes)]
    }

    static func append(_ entries: [Entry], to store: NodeStore) throws {
        let term = entries.last?.id.term ?? Term(1)
        try store.log.append([.write(entries, hardState: HardState(currentTerm: max(term, Term(1))))])
        let from = store.stateMachine.appliedIndex.next
        var results: [CommandResult] = []
        try store.stateMachine.apply(
            try store.log.entries(in: LogRange(from, entries.last!.id.index.next), bytesMax: .max), results: &results)
    }

    /// A node of the same cluster that is behind: its log ends at entry 4 of an older leadership, and two entries are
    /// applied.
    func follower(on platform: any StorePlatform = SystemPlatform()) throws -> NodeStore {
        var options = StorageOptions.small
        options.snapshotFileBytes = 2_000
        let store = try NodeStore.open(directory: directory.node, nodeID: "node1", options: options, on: platform)
        try store.bootstrap(
            clusterID: testCluster, instance: testInstance, configurationEntry: .configuration(index: 1, term: 1),
            hardState: HardState(currentTerm: Term(1), votedFor: "node1"))
        try Self.append([.commands(index: 2, [.put("key1", "old"), .put("gone", "old")])], to: store)
        try store.stateMachine.flush()
        let hardState = HardState(currentTerm: Term(2), votedFor: "node2")
        try store.log.append([.write([.noop(index: 3), .noop(index: 4)], hardState: hardState)])
        return store
    }

    func snapshot() throws -> StoredSnapshot { try #require(try source.makeSnapshot()) }

    /// All chunks of a snapshot after a key.
    static func chunks(_ snapshot: StoredSnapshot, after key: [UInt8]? = nil, bytesMax: Int) throws -> [ByteBuffer] {
        let reader = try snapshot.reader(after: key)
        var chunks: [ByteBuffer] = []
        while let chunk = try reader.nextChunk(bytesMax: bytesMax) { chunks.append(chunk) }
        return chunks
    }

    /// Takes a snapshot of the source in.
    func intake(to store: NodeStore) throws -> SnapshotIntake {
        let snapshot = try snapshot()
        let intake = try store.makeIntake(for: snapshot.lastIncluded)
        for chunk in try Self.chunks(snapshot, bytesMax: 700) { try intake.add(chunk) }
        try intake.finish(try #require(try snapshot.total(while: { true })))
        return intake
    }
}

extension NodeStore {
    var digest: StateDigest? { get throws { try stateMachine.digest(while: { true }) } }
}
