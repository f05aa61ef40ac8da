import ClusterControl
import HotPath
import KeyValue
import RaftCore
import Testing

@testable import Storage

@Suite("A node that joins another cluster")
struct JoinTests {
    static let otherCluster = ClusterID(high: 1, low: 2)
    let directory = TestDirectory()

    /// A node of one with data: some flushed, some only in memory.
    private func nodeWithData() throws -> NodeStore {
        let store = try NodeStore.bootstrapped(directory)
        let entries = [Entry.put(index: 2), .put(index: 3), .put(index: 4)]
        try store.log.append([.write(entries, hardState: HardState(currentTerm: Term(3), votedFor: "node1"))])
        _ = try store.stateMachine.apply(.configuration(index: 1), entries[0])
        try store.stateMachine.flush()
        _ = try store.stateMachine.apply(entries[1])
        return store
    }

    private func expectEmpty(_ store: NodeStore, term: Term = .zero) throws {
        let recovered = try store.recover()
        #expect(recovered.hardState.currentTerm == term)
        #expect(recovered.last == .zero && recovered.terms.isEmpty && recovered.configurations.isEmpty)
        #expect(recovered.applied == .zero)
        #expect(store.stateMachine.appliedIndex == .zero)
        #expect(store.stateMachine.revision == 0)
        #expect(try store.stateMachine.value("key2") == nil)
        #expect(try store.stateMachine.value("key3") == nil)
        #expect(try store.isEmpty())
    }

    @Test("loses its history and takes the cluster's id, at once and after a crash")
    func reset() throws {
        let store = try nodeWithData()

        try store.resetForJoin(clusterID: Self.otherCluster, instance: testInstance)

        #expect(store.clusterID == Self.otherCluster)
        try expectEmpty(store)
        let reopened = try NodeStore.open(directory.crashImage())
        #expect(reopened.clusterID == Self.otherCluster)
        try expectEmpty(reopened)
    }

    @Test("has the old history as a whole, or the new one, wherever a crash cuts the write", arguments: [0, 1, 60])
    func atomicity(bytesLost: Int) throws {
        let store = try nodeWithData()
        // The same steps as in `NodeStore.resetForJoin`, without its flush.
        let identity = IdentityRecord(
            formatVersion: DataDirectory.formatVersion, clusterID: Self.otherCluster, instance: testInstance,
            nodeID: "node1")
        try store.log.startOver(identity, in: .keyValue, keepingHardState: false)
        let image = directory.crashImage()
        image.tearWriteAheadLog(by: bytesLost)

        let reopened = try NodeStore.open(image)

        if bytesLost == 0 {
            #expect(reopened.clusterID == Self.otherCluster)
            try expectEmpty(reopened)
        } else {
            #expect(reopened.clusterID == testCluster)
            let recovered = try reopened.recover()
            #expect(recovered.hardState == HardState(currentTerm: Term(3), votedFor: "node1"))
            #expect(recovered.last.index == LogIndex(4))
            #expect(recovered.applied == LogIndex(2))
            #expect(try reopened.stateMachine.value("key2") == "value")
        }
    }

    @Test("keeps its term and vote if it was in that cluster already, so that it cannot vote twice in a term")
    func sameCluster() throws {
        let store = try nodeWithData()

        try store.resetForJoin(clusterID: testCluster, instance: testInstance)

        try expectEmpty(store, term: Term(3))
        #expect(try store.recover().hardState.votedFor == "node1")
    }

    @Test("takes the cluster's log from its first entry on")
    func newHistory() throws {
        let store = try nodeWithData()
        try store.resetForJoin(clusterID: Self.otherCluster, instance: testInstance)
        let entries = [Entry.configuration(index: 1, term: 8), .put(index: 2, term: 8, "new")]

        try store.log.append([.write(entries, hardState: HardState(currentTerm: Term(8)))])
        #expect(try store.stateMachine.persistedAppliedIndex() == .zero)
        var results = try store.stateMachine.apply(entries[0])
        results += try store.stateMachine.apply(entries[1])

        #expect(results.map(\.revision) == [1])
        let reopened = try NodeStore.open(directory.crashImage())
        #expect(try reopened.recover().terms.map(\.term) == [Term(8)])
        #expect(reopened.stateMachine.appliedIndex == .zero)
        #expect(try store.stateMachine.value("key2") == "new")
        #expect(try store.stateMachine.value("key3") == nil)
    }

    @Test("that has no history at all can join too, and only once bootstrap")
    func freshJoiner() throws {
        let store = try NodeStore.open(directory)

        try store.resetForJoin(clusterID: Self.otherCluster, instance: testInstance)

        #expect(store.clusterID == Self.otherCluster)
        try expectEmpty(store)
        #expect(throws: StorageError.self) {
            try store.bootstrap(
                clusterID: testCluster, instance: testInstance, configurationEntry: .configuration(index: 1),
                hardState: HardState(currentTerm: Term(1)))
        }
    }

    @Test("is empty only if neither its data nor its log holds anything of users")
    func isEmpty() throws {
        let store = try NodeStore.bootstrapped(directory)
        #expect(try store.isEmpty())

        try store.log.append([.write([.noop(index: 2), .put(index: 3), .commands(index: 4, [.delete("key3")])])])
        #expect(try !store.isEmpty())
        _ = try store.stateMachine.apply(.configuration(index: 1), .noop(index: 2), .put(index: 3))
        #expect(try !store.isEmpty())
        _ = try store.stateMachine.apply(.commands(index: 4, [.delete("key3")]))
        #expect(try store.isEmpty())
    }
}
