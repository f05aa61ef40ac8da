import HotPath
import KeyValue
import NIOCore
import RaftCore
import Testing

@testable import Storage

@Suite("Groups in the key-value data")
struct GroupTests {
    // In this order, so that the store is closed before its directory is removed.
    let store: NodeStore
    let directory: TestDirectory
    var data: KeyValueStore { store.stateMachine }

    init() throws {
        directory = TestDirectory()
        store = try NodeStore.open(directory)
    }

    private func applied(_ revision: UInt64, existed: Bool = false) -> CommandResult {
        CommandResult(status: .applied, existed: existed, revision: revision)
    }

    private func group(_ operations: [TestCommand], hasOneRevision: Bool = false) -> [UInt8] {
        TestStep.group(operations, hasOneRevision: hasOneRevision).encoded
    }

    private func entry(_ index: UInt64, _ commands: [[UInt8]]) -> Entry { .commands(index: index, encoded: commands) }

    @Test("count a revision for each operation, and answer with the last")
    func oneRevisionEach() throws {
        let results = try data.apply(
            entry(1, [TestCommand.put("x").encoded, group([.put("a", "1"), .put("b", "2"), .delete("never")])]),
            entry(2, [TestCommand.put("y").encoded]))

        #expect(results == [applied(1), applied(4), applied(5)])
        #expect(try data.revision("a") == 2)
        #expect(try data.revision("b") == 3)
        #expect(try data.value("b") == "2")
        #expect(data.revision == 5)
    }

    @Test("count one revision for all operations if they say so")
    func oneRevisionForAll() throws {
        let results = try data.apply(
            entry(1, [group([.put("a", "1"), .put("b", "2"), .delete("c")], hasOneRevision: true)]),
            entry(2, [TestCommand.put("x").encoded]))

        #expect(results == [applied(1), applied(2)])
        #expect(try data.revision("a") == 1)
        #expect(try data.revision("b") == 1)
        #expect(data.revision == 2)
    }

    @Test("apply operations in order: of several on one key the last one wins", arguments: [false, true])
    func sameKey(hasOneRevision: Bool) throws {
        _ = try data.apply(
            entry(
                1,
                [
                    group(
                        [.put("a", "1"), .put("a", "2"), .put("b"), .delete("b"), .delete("c"), .put("c", "3")],
                        hasOneRevision: hasOneRevision)
                ]))

        #expect(try data.value("a") == "2")
        #expect(try data.value("b") == nil)
        #expect(try data.value("c") == "3")
        #expect(try data.revision("c") == (hasOneRevision ? 1 : 6))
        #expect(data.revision == (hasOneRevision ? 1 : 6))
    }

    @Test("are seen by later conditions of the same batch, and ignore earlier conditions")
    func conditions() throws {
        let results = try data.apply(
            entry(
                1,
                [
                    group([.put("a"), .put("b"), .delete("b")]),
                    TestCommand.put("a", "new", if: .revision(1)).encoded,
                    TestCommand.put("b", "new", if: .absent).encoded,
                    TestCommand.put("a", "none", if: .absent).encoded,
                    group([.put("a", "last")]),
                ]))

        #expect(
            results == [
                applied(3), applied(4, existed: true), applied(5),
                CommandResult(status: .preconditionFailed, existed: true, revision: 4), applied(6),
            ])
        #expect(try data.value("a") == "last")
        #expect(try data.value("b") == "new")
    }

    @Test("keep the type of each value, and values of every size")
    func values() throws {
        let large = [UInt8](repeating: 7, count: KeyValueLimits.valueBytesMax)
        let json = TestCommand(key: Array("j".utf8), value: Array("[1]".utf8), valueType: .json)

        _ = try data.apply(
            entry(1, [group([json, TestCommand(key: Array("e".utf8))])]),
            entry(2, [group([TestCommand(key: [UInt8](repeating: 1, count: 4_096), value: large)])]))

        let record = try #require(try data.record(Array("j".utf8)))
        try record.withRawBytes { bytes throws(CodecError) in
            let view = try RecordView(decoding: bytes)
            #expect(view.valueType == .json)
            #expect(view.contentType.isEmpty)
        }
        #expect(try data.value("e") == "")
        #expect(try data.record([UInt8](repeating: 1, count: 4_096))?.count == 12 + large.count)
    }

    @Test("that cannot be read stop the store before anything of the batch is applied")
    func unreadable() throws {
        var bytes = group([.put("a"), .put("b")])
        bytes[18] = 3

        let error = #expect(throws: StoreFailure.self) {
            try data.apply(entry(1, [TestCommand.put("x").encoded]), entry(2, [bytes]))
        }

        #expect(error?.message == "command 0: an operation is cut off in its header")
        #expect(try data.value("x") == nil)
        #expect(data.appliedIndex == .zero)
    }

    @Test("have the same outcome wherever the entries around them are cut into batches")
    func determinism() throws {
        let entries = (1...20).map { index in
            let key = "k\(index % 4)"
            return entry(
                UInt64(index),
                [
                    group([.put(key, "\(index)"), .delete("k\((index + 1) % 4)")], hasOneRevision: index % 3 == 0),
                    TestCommand.put(key, "c", if: .revision(UInt64(index))).encoded,
                ])
        }
        var expected: [CommandResult] = []
        try data.apply(entries, results: &expected)

        let otherDirectory = TestDirectory()
        let other = try NodeStore.open(otherDirectory)
        var results: [CommandResult] = []
        for entry in entries { try other.stateMachine.apply([entry], results: &results) }

        #expect(results == expected)
        for key in 0..<4 {
            #expect(try data.record(Array("k\(key)".utf8)) == other.stateMachine.record(Array("k\(key)".utf8)))
        }
    }
}
