import HotPath
import KeyValue
import RaftCore
import Testing

@testable import Storage

@Suite("The digest of the key-value data")
struct StateDigestTests {
    /// The digest of a fresh store after these commands, an entry each.
    private func digest(_ commands: [TestCommand], term: UInt64 = 1, isFlushed: Bool = false) throws -> StateDigest {
        let directory = TestDirectory()
        let store = try NodeStore.open(directory)
        for (place, command) in commands.enumerated() {
            _ = try store.stateMachine.apply(.commands(index: UInt64(place + 1), term: term, [command]))
        }
        if isFlushed { try store.stateMachine.flush() }
        let digest = try #require(try store.stateMachine.digest(while: { true }))
        try store.close()
        return digest
    }

    @Test("is the same wherever the data are, and says where they stand")
    func places() throws {
        let commands: [TestCommand] = [.put("a", "1"), .put("b", "2"), .delete("a"), .put("c", "3")]

        let inMemory = try digest(commands)

        #expect(inMemory == (try digest(commands, isFlushed: true)))
        #expect(inMemory.applied == LogID(index: LogIndex(4), term: Term(1)))
        #expect(inMemory.revision == 4)
        #expect(inMemory.keyCount == 2)
    }

    @Test("is another one for any other content, order of changes or place in the log")
    func differences() throws {
        let hashes = try [
            digest([]).hash,
            digest([.put("a", "1"), .put("b", "2")]).hash,
            digest([.put("a", "2"), .put("b", "1")]).hash,
            digest([.put("b", "1"), .put("a", "2")]).hash,
            digest([.put("a", "12"), .put("b", "")]).hash,
            digest([.put("ab", "1"), .put("b", "2")]).hash,
            digest([.put("a", "1"), .put("b", "2")], term: 2).hash,
            digest([.put("a", "1"), .put("b", "2"), .delete("b")]).hash,
            digest([.put("a", "1")]).hash,
        ]

        #expect(Set(hashes).count == hashes.count)
    }

    @Test("is the one that every release makes of these data")
    func value() throws {
        let digest = try digest([.put("a", "1"), .put("b", "2"), .delete("a")])

        // Calculated from `Docs/DiskFormat.md` by other means.
        #expect(digest.hash == 1_483_892_693_816_264_838)
    }

    @Test("is not made while the history is being removed")
    func removedHistory() throws {
        let directory = TestDirectory()
        let store = try NodeStore.open(directory)
        _ = try store.stateMachine.apply(.commands(index: 1, [.put("a")]))

        store.stateMachine.stopWriting(because: "a test")

        #expect(throws: StoreFailure.self) { try store.stateMachine.digest(while: { true }) }
        try store.stateMachine.startOver()
        #expect(try store.stateMachine.digest(while: { true })?.keyCount == 0)
        try store.close()
    }

    @Test("is broken off when the answer is no longer wanted")
    func breakingOff() throws {
        let directory = TestDirectory()
        let store = try NodeStore.open(directory)
        for index in 1...15 as ClosedRange<UInt64> {
            _ = try store.stateMachine.apply(.commands(index: index, (0..<200).map { .put("key\(index).\($0)") }))
        }
        var questions = 0

        let digest = try store.stateMachine.digest {
            questions += 1
            return questions < 2
        }

        #expect(digest == nil)
        #expect(questions == 2)
        try store.close()
    }
}
