import HotPath
import KeyValue
import NIOCore
import RaftCore
import Testing

@testable import Storage

@Suite("Verdicts in the key-value data")
struct VerdictRecordTests {
    private static let members = [
        Member(id: "node1", role: .voter), Member(id: "node2", role: .voter, instance: testInstance),
        Member(id: "node3", role: .voter),
    ]

    private func verdict(at index: UInt64) -> Verdict {
        Verdict(
            comparedAt: LogIndex(index), range: .all, isDecided: true,
            suspects: [Verdict.Suspect(id: "node2", instance: testInstance)])
    }

    private func entry(_ verdict: Verdict, index: UInt64) -> Entry {
        Entry(
            id: LogID(index: LogIndex(index), term: Term(1)), kind: .verdict, commandCount: 0,
            payload: verdict.payload, featureLevel: FeatureLevel.comparisons)
    }

    private func entry(_ members: [Member], index: UInt64) -> Entry {
        Entry(id: LogID(index: LogIndex(index), term: Term(1)), Configuration(members: members))
    }

    private func digest(_ store: NodeStore) throws -> UInt64? { try store.stateMachine.digest(while: { true })?.hash }

    @Test("A verdict is remembered, also across restarts and removals, until another directory has the name")
    func life() throws {
        let directory = TestDirectory()
        var store = try NodeStore.open(directory)
        _ = try store.stateMachine.apply(.put(index: 1))
        _ = try store.stateMachine.apply(entry(verdict(at: 1), index: 2))
        #expect(store.stateMachine.verdicts == [verdict(at: 1)])
        #expect(store.stateMachine.revision == 1)

        for _ in 0..<2 {
            try store.close()
            store = try NodeStore.open(directory)
            #expect(store.stateMachine.verdicts == [verdict(at: 1)])
        }

        _ = try store.stateMachine.apply(entry(Self.members, index: 3))
        #expect(store.stateMachine.verdicts == [verdict(at: 1)])
        var members = Self.members.filter { $0.id != "node2" }
        _ = try store.stateMachine.apply(entry(members, index: 4))
        #expect(store.stateMachine.verdicts == [verdict(at: 1)])
        try store.close()
        store = try NodeStore.open(directory)
        #expect(store.stateMachine.verdicts == [verdict(at: 1)])
        members.append(Member(id: "node2", role: .learner, instance: InstanceID(high: 5, low: 6)))
        _ = try store.stateMachine.apply(entry(members, index: 5))
        #expect(store.stateMachine.verdicts == [])
        try store.close()
        store = try NodeStore.open(directory)
        #expect(store.stateMachine.verdicts == [])
        try store.close()
    }

    @Test("A verdict is a part of the data that are compared, in memory and on disk")
    func digest() throws {
        let directory = TestDirectory()
        let store = try NodeStore.open(directory)
        let other = TestDirectory()
        let without = try NodeStore.open(other)
        for store in [store, without] { _ = try store.stateMachine.apply(.put(index: 1)) }
        _ = try store.stateMachine.apply(entry(verdict(at: 1), index: 2))
        _ = try without.stateMachine.apply(.noop(index: 2))

        let inMemory = try digest(store)
        #expect(inMemory != (try digest(without)))
        try store.stateMachine.flush()
        #expect(try digest(store) == inMemory)
        for store in [store, without] { try store.close() }
    }

    @Test("A node that starts another history forgets the verdicts of the former")
    func otherHistory() throws {
        let directory = TestDirectory()
        let store = try NodeStore.open(directory)
        _ = try store.stateMachine.apply(entry(verdict(at: 1), index: 1))
        try store.stateMachine.flush()

        try store.resetForJoin(clusterID: testCluster, instance: testInstance)

        #expect(store.stateMachine.verdicts == [])
        try store.close()
    }

    @Test("Many verdicts in one batch have room in a table")
    func room() throws {
        let directory = TestDirectory()
        let store = try NodeStore.open(directory)
        let long = [UInt8](repeating: 1, count: KeyRange.boundBytesMax)
        var entries: [Entry] = []
        for index in 1...200 as ClosedRange<UInt64> {
            let verdict = Verdict(
                comparedAt: LogIndex(index), range: KeyRange(start: long), isDecided: true,
                suspects: [Verdict.Suspect(id: NodeID("n\(index)"), instance: nil)])
            entries.append(entry(verdict, index: index))
        }
        var results: [CommandResult] = []

        try store.stateMachine.apply(entries, results: &results)

        #expect(store.stateMachine.verdicts.count == 200)
        try store.close()
        let again = try NodeStore.open(directory)
        #expect(again.stateMachine.verdicts.count == 200)
        try again.close()
    }

    @Test("The record looks as its golden bytes say")
    func golden() throws {
        let record = VerdictsRecord([verdict(at: 7)]).encoded()

        // After checksum and format: the number of verdicts, the size of the first, and the verdict.
        #expect(Array(record[8..<11]) == [1, 1, 0])
        #expect(Array(record[11..<15]) == [UInt8(record.count - 15), 0, 0, 0])
        #expect(Array(record[15...]) == Array(verdict(at: 7).payload.readableBytesView))
        let decoded = try record.withRawBytes { bytes throws(CodecError) in try VerdictsRecord(decoding: bytes) }
        #expect(decoded.verdicts == [verdict(at: 7)])
        for size in record.indices {
            #expect(throws: CodecError.self) {
                try Array(record[..<size]).withRawBytes { bytes throws(CodecError) in
                    try VerdictsRecord(decoding: bytes)
                }
            }
        }
    }
}
