import HotPath
import RaftCore
import Testing

@testable import Storage

@Suite("The facts about a store, known without asking it,")
struct StoreFactsTests {
    let directory = TestDirectory()

    @Test("names no user data in a fresh node, and none in one that has only Raft's own entries")
    func fresh() throws {
        let store = try NodeStore.open(directory)
        #expect(store.facts.clusterID == nil)
        try store.bootstrap(
            clusterID: testCluster, instance: testInstance, configurationEntry: .configuration(index: 1, term: 1),
            hardState: HardState(currentTerm: Term(1), votedFor: "node1"))
        try store.log.append([.write([.noop(index: 2)])])
        _ = try store.stateMachine.apply(.configuration(index: 1), .noop(index: 2))

        #expect(!store.facts.mayHoldUserData)
        #expect(store.facts.approximateKeyCount == 0)
        #expect(store.facts.clusterID == testCluster)
        try store.close()
        let reopened = try NodeStore.open(directory)
        _ = try reopened.recover()
        #expect(!reopened.facts.mayHoldUserData)
        #expect(reopened.facts.clusterID == testCluster)
    }

    @Test("names user data from the moment a command enters the log, and after a crash")
    func logged() throws {
        let store = try NodeStore.bootstrapped(directory)

        try store.log.append([.write([.put(index: 2)])])

        #expect(store.facts.mayHoldUserData)
        let image = try NodeStore.open(directory.crashImage())
        _ = try image.recover()
        #expect(image.facts.mayHoldUserData)
        #expect(image.facts.approximateKeyCount == 0)
    }

    @Test("names user data that was applied, in memory and on disk, and counts each key once")
    func applied() throws {
        let store = try NodeStore.open(directory)

        _ = try store.stateMachine.apply(
            .commands(index: 1, [.put("a"), .put("b")]), .commands(index: 2, [.put("a")]))
        #expect(store.facts.mayHoldUserData)
        #expect(store.facts.approximateKeyCount == 2)
        #expect(store.facts.dataBytes == 0)
        try store.stateMachine.flush()
        #expect(store.facts.approximateKeyCount == 2)
        #expect(store.facts.dataBytes > 0)
        _ = try store.stateMachine.apply(.commands(index: 3, [.put("c")]))
        #expect(store.facts.approximateKeyCount == 3)
        try store.close()

        let reopened = try NodeStore.open(directory)
        #expect(reopened.facts.mayHoldUserData)
        // Each file holds a record of the applied index, which RocksDB counts.
        #expect((3...4).contains(reopened.facts.approximateKeyCount))
        #expect(reopened.facts.dataBytes == store.facts.dataBytes)
    }

    @Test("still says that there may be user data after everything was deleted; the store itself knows better")
    func deleted() throws {
        let store = try NodeStore.open(directory)

        _ = try store.stateMachine.apply(.commands(index: 1, [.put("a")]), .commands(index: 2, [.delete("a")]))

        #expect(store.facts.mayHoldUserData)
        #expect(try store.isEmpty())
    }

    @Test("starts over with the history")
    func reset() throws {
        let store = try NodeStore.bootstrapped(directory)
        try store.log.append([.write([.put(index: 2)])])
        _ = try store.stateMachine.apply(.configuration(index: 1), .put(index: 2))
        try store.stateMachine.flush()

        try store.resetForJoin(clusterID: JoinTests.otherCluster, instance: testInstance)

        #expect(!store.facts.mayHoldUserData)
        #expect(store.facts.approximateKeyCount == 0)
        #expect(store.facts.clusterID == JoinTests.otherCluster)
        _ = try store.stateMachine.apply(.commands(index: 1, [.put("b")]))
        #expect(store.facts.mayHoldUserData)
        #expect(store.facts.approximateKeyCount == 1)
    }
}
