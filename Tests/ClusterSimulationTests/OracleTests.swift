import HotPath
import KeyValue
import Testing

@testable import ClusterSimulation

@Suite("Answers that were not possible")
struct OracleTests {
    private static func operation(
        _ number: UInt64, floor: UInt64 = 0, _ kind: Operation.Kind = .put(.none, reportsExistence: false)
    ) -> Operation {
        Operation(number: number, kind: kind, key: 3, client: 0, node: 0, life: 1, floor: floor, deadline: 0)
    }

    private static func change(_ writer: UInt64, revision: UInt64) -> KeyValueState.Change {
        KeyValueState.Change(
            key: 3, writer: writer, result: CommandResult(status: .applied, existed: false, revision: revision),
            record: KeyValueState.Record(revision: revision, writer: writer), isEffective: true, revision: revision)
    }

    private static func applied(_ revision: UInt64) -> CommandResult {
        CommandResult(status: .applied, existed: false, revision: revision)
    }

    @Test("A write that is committed is answered with its place in the log, and with no other")
    func answers() {
        var oracle = Oracle()
        for number in UInt64(1)...3 { oracle.begin(number) }
        #expect(oracle.commit(Self.change(1, revision: 1)) == nil)
        #expect(oracle.commit(Self.change(2, revision: 2)) == nil)

        #expect(oracle.answer(Self.operation(1), Self.applied(1)) == nil)
        #expect(oracle.answer(Self.operation(2), Self.applied(7)) != nil, "another revision")
        #expect(oracle.answer(Self.operation(3), Self.applied(3)) != nil, "not committed")
        #expect(oracle.answer(Self.operation(2, floor: 2), Self.applied(2)) != nil, "before it began")
    }

    @Test("A write takes effect once, and never after its client was told that it did not")
    func effects() {
        var oracle = Oracle()
        for number in UInt64(1)...3 { oracle.begin(number) }
        #expect(oracle.commit(Self.change(1, revision: 1)) == nil)
        #expect(oracle.commit(Self.change(1, revision: 2)) != nil, "twice")

        #expect(oracle.refuse(Self.operation(2)) == nil)
        #expect(oracle.commit(Self.change(2, revision: 3)) != nil, "after the refusal")
        #expect(oracle.refuse(Self.operation(1)) != nil, "refused although committed")
        #expect(oracle.commit(Self.change(9, revision: 4)) != nil, "nobody began it")
    }

    @Test("A read shows the value of its revision, and nothing older than was known when it began")
    func reads() throws {
        var oracle = Oracle()
        oracle.begin(1)
        #expect(oracle.commit(Self.change(1, revision: 1)) == nil)

        let empty = ShownRecord(revision: 0)
        #expect(oracle.serve(Self.operation(1, .linearizableRead), empty) == nil)
        #expect(oracle.serve(Self.operation(1, floor: 1, .linearizableRead), empty) != nil)
        #expect(oracle.serveStale(key: 3, empty, node: "a") == nil)

        let record = KeyValueState.Record(revision: 1, writer: 1)
        #expect(oracle.serveStale(key: 3, ShownRecord(revision: 1, record: record), node: "a") == nil)
        #expect(oracle.serveStale(key: 3, ShownRecord(revision: 1), node: "a") != nil, "it is missing")
        let other = KeyValueState.Record(revision: 1, writer: 2)
        #expect(oracle.serveStale(key: 3, ShownRecord(revision: 1, record: other), node: "a") != nil)
        let older = KeyValueState.Record(revision: 0, writer: 1)
        #expect(oracle.serveStale(key: 3, ShownRecord(revision: 1, record: older), node: "a") != nil)
    }
}
