import HotPath
import KeyValue
import NIOConcurrencyHelpers
import NIOCore
import RaftCore
import Testing

@testable import Storage

@Suite("The key-value data")
struct KeyValueStoreTests {
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

    private func failed(_ revision: UInt64) -> CommandResult {
        CommandResult(status: .preconditionFailed, existed: revision != 0, revision: revision)
    }

    // MARK: Revisions

    @Test("counts one revision per mutation, and each record carries its own")
    func revisions() throws {
        let results = try data.apply(
            .commands(index: 1, [.put("a", "1"), .put("b", "2")]), .commands(index: 2, [.put("a", "3")]))

        #expect(results == [applied(1), applied(2), applied(3)])
        #expect(try data.revision("a") == 3)
        #expect(try data.revision("b") == 2)
        #expect(try data.value("a") == "3")
        #expect(try data.value("absent") == nil)
        #expect(data.revision == 3)
        #expect(data.appliedIndex == LogIndex(2))
    }

    @Test("moves the applied index and no revision for entries without commands")
    func otherEntries() throws {
        let results = try data.apply(.configuration(index: 1), .noop(index: 2, term: 2))

        #expect(results.isEmpty)
        #expect(data.appliedIndex == LogIndex(2))
        #expect(data.revision == 0)
        #expect(try store.isEmpty())
    }

    @Test("counts a blind delete whether or not it finds a record, without reading")
    func blindDelete() throws {
        let results = try data.apply(
            .commands(index: 1, [.put("a"), .delete("a"), .delete("a"), .delete("never")]))

        #expect(results == [applied(1), applied(2), applied(3), applied(4)])
        #expect(try data.value("a") == nil)
    }

    @Test("changes nothing for a delete that reports that it found no record")
    func reportingDelete() throws {
        let results = try data.apply(
            .commands(index: 1, [.put("a")]),
            .commands(index: 2, [.delete("a", reportsExistence: true), .delete("a", reportsExistence: true)]))

        #expect(results == [applied(1), applied(2, existed: true), applied(2)])
        #expect(data.revision == 2)
    }

    @Test("says whether a put that reports existence replaced a record")
    func reportingPut() throws {
        var command = TestCommand.put("a")
        command.reportsExistence = true

        let results = try data.apply(.commands(index: 1, [command, command]))

        #expect(results == [applied(1), applied(2, existed: true)])
    }

    // MARK: Conditions

    @Test("evaluates conditions on the record in the database")
    func conditions() throws {
        _ = try data.apply(.commands(index: 1, [.put("old"), .put("there")]))

        let results = try data.apply(
            .commands(
                index: 2,
                [
                    .put("new", if: .absent), .put("there", if: .absent),
                    .put("there", if: .present), .put("none", if: .present),
                    .put("old", if: .revision(1)), .put("old", if: .revision(1)),
                    .put("none", if: .revision(1)), .put("none", if: .revision(0)),
                ]))

        #expect(
            results == [
                applied(3), failed(2), applied(4, existed: true), failed(0), applied(5, existed: true), failed(5),
                failed(0), failed(0),
            ])
        #expect(data.revision == 5)
        #expect(try data.value("none") == nil)
    }

    @Test("evaluates conditions of deletes, and a delete on condition of absence changes nothing")
    func conditionalDeletes() throws {
        _ = try data.apply(.commands(index: 1, [.put("a"), .put("b")]))

        let results = try data.apply(
            .commands(
                index: 2,
                [
                    .delete("a", if: .revision(2)), .delete("a", if: .revision(1)), .delete("a", if: .revision(1)),
                    .delete("b", if: .absent), .delete("c", if: .absent), .delete("b", if: .present),
                    .delete("b", if: .present),
                ]))

        #expect(
            results == [
                failed(1), applied(3, existed: true), failed(0), failed(2), applied(3), applied(4, existed: true),
                failed(0),
            ])
    }

    @Test("evaluates a condition after the blind commands of the same batch, in this entry and the ones before")
    func overlay() throws {
        _ = try data.apply(.commands(index: 1, [.put("a"), .put("b")]))

        let results = try data.apply(
            .commands(index: 2, [.put("a"), .delete("b"), .put("c")]),
            .commands(
                index: 3,
                [
                    .put("a", if: .revision(1)), .put("a", if: .revision(3)), .put("b", if: .absent),
                    .put("c", if: .revision(5)), .delete("c"), .put("c", if: .present), .put("c", if: .absent),
                ]))

        #expect(
            results == [
                applied(3), applied(4), applied(5), failed(3), applied(6, existed: true), applied(7),
                applied(8, existed: true), applied(9), failed(0), applied(10),
            ])
    }

    // MARK: Records

    @Test(
        "keeps values of every size", arguments: [0, 1, 7, 8, 4_096, 100_000, KeyValueLimits.valueBytesMax])
    func valueSizes(size: Int) throws {
        let value = (0..<size).map { UInt8(truncatingIfNeeded: $0) }
        let command = TestCommand(key: [0x6b], value: value, valueType: .json, contentType: "t/x")

        _ = try data.apply(.commands(index: 1, [command]))

        let record = try #require(try data.record([0x6b]))
        #expect(record.count == 12 + 3 + size)
        try record.withRawBytes { bytes throws(CodecError) in
            let view = try RecordView(decoding: bytes)
            #expect(view.revision == 1)
            #expect(view.valueType == .json)
            #expect(view.contentType.elementsEqual("t/x".utf8))
            let isSame = view.value.elementsEqual(value)
            #expect(isSame)
        }
    }

    @Test("keeps keys of any bytes apart from each other and from its own records")
    func anyKeys() throws {
        let keys: [[UInt8]] = [
            [0], [1], [0xff], KeyValueKey.applied, [0, 0], [1, 0], [0x61],
            [UInt8](repeating: 0, count: KeyValueLimits.keyBytesMax),
            [UInt8](repeating: 0xff, count: KeyValueLimits.keyBytesMax),
        ]
        let commands = keys.enumerated().map { TestCommand(key: $1, value: [UInt8($0)]) }

        _ = try data.apply(.commands(index: 1, commands))

        for (number, key) in keys.enumerated() { #expect(try data.record(key)?.last == UInt8(number)) }
        #expect(store.facts.approximateKeyCount == UInt64(keys.count))
        try data.flush()
        for (number, key) in keys.enumerated() { #expect(try data.record(key)?.last == UInt8(number)) }
        #expect(try data.appliedRecord().last.index == LogIndex(1))
    }

    // MARK: Failures

    @Test("stops at an entry that it cannot read, before it has applied anything of the batch, and does not recover")
    func unreadableCommand() throws {
        let unreadable = Entry(
            id: LogID(index: LogIndex(2), term: Term(1)), kind: .commands, commandCount: 1,
            payload: ByteBuffer(bytes: [1, 2, 3]))

        let error = #expect(throws: StoreFailure.self) { try data.apply(.commands(index: 1, [.put("a")]), unreadable) }

        #expect(error?.operation == "apply entry 2@1")
        #expect(try data.value("a") == nil)
        #expect(data.appliedIndex == .zero)
        #expect(throws: StoreFailure.self) { try data.apply(.commands(index: 1, [.put("a")])) }
    }

    @Test("stops at an entry that holds another number of commands than it states")
    func wrongCount() {
        let entry = Entry(
            id: LogID(index: LogIndex(1), term: Term(1)), kind: .commands, commandCount: 2,
            payload: ByteBuffer(bytes: TestCommand.put("a").encoded))

        let error = #expect(throws: StoreFailure.self) { try data.apply(entry) }

        #expect(error?.message == "its header states 2 commands, and it holds 1")
    }

    @Test("must not be given an entry that is not the next one")
    func gap() async {
        await #expect(processExitsWith: .failure) {
            let directory = TestDirectory()
            let store = try NodeStore.open(directory)
            _ = try store.stateMachine.apply(.noop(index: 2))
        }
    }

    // MARK: Memory and disk

    @Test("reads from memory the records of a table, and those of a file that were read before")
    func memoryReads() throws {
        func inMemory(_ key: String, of data: KeyValueStore) throws -> String? {
            try data.makeLoopReader().recordInMemory(key).map { $0 == nil ? "nothing" : "record" }
        }
        // Larger than a block, so that each value has its own block. Only the first shares its block with records that
        // a start reads.
        let value = String(repeating: "v", count: 10_000)
        _ = try data.apply(
            .commands(index: 1, [.put("a", value), .put("b", value), .put("c", value), .put("gone", value)]))
        #expect(try inMemory("a", of: data) == "record")
        #expect(try inMemory("absent", of: data) == "nothing")
        try store.close()

        let reopened = try NodeStore.open(directory)
        let data = reopened.stateMachine
        _ = try data.apply(.commands(index: 2, [.put("d"), .delete("gone")]))
        #expect(try inMemory("b", of: data) == nil)
        #expect(try inMemory("c", of: data) == nil)
        #expect(try inMemory("d", of: data) == "record")
        #expect(try inMemory("gone", of: data) == "nothing")

        #expect(try data.value("b") == value)
        #expect(try inMemory("b", of: data) == "record")
        #expect(try inMemory("c", of: data) == nil)
        try reopened.close()
        #expect(throws: StoreFailure.self) { try inMemory("a", of: data) }
    }

    // MARK: Durability

    @Test("knows which applied index a crash would leave")
    func persistedAppliedIndex() throws {
        _ = try data.apply(.commands(index: 1, [.put("a")]), .commands(index: 2, [.put("b")]))
        #expect(try data.persistedAppliedIndex() == .zero)

        try data.flush()
        #expect(try data.persistedAppliedIndex() == LogIndex(2))
        _ = try data.apply(.commands(index: 3, [.put("c")]))

        #expect(try data.persistedAppliedIndex() == LogIndex(2))
        #expect(data.appliedIndex == LogIndex(3))
    }

    @Test("continues after a clean stop where it was")
    func cleanStop() throws {
        _ = try data.apply(.commands(index: 1, [.put("a"), .put("b")]), .noop(index: 2))
        try store.close()

        let reopened = try NodeStore.open(directory)

        #expect(reopened.stateMachine.appliedIndex == LogIndex(2))
        #expect(reopened.stateMachine.revision == 2)
        #expect(
            try reopened.stateMachine.apply(.commands(index: 3, [.put("a", if: .revision(1))])) == [
                applied(3, existed: true)
            ])
    }

    @Test("tells its owner when data on the disk cannot be read, by a look-up or a sum")
    func unreadable() throws {
        // Not in the block of the record that a start reads, nor in memory.
        let hay = String(repeating: "hay ", count: 2_000)
        _ = try data.apply(.commands(index: 1, [.put("a", hay), .put("key", hay + "a needle in a haystack")]))
        try data.flush()
        try store.close()
        #expect(directory.flipBit(in: "a needle in a haystack", ofFilesEndingWith: ".sst"))
        let reopened = try NodeStore.open(directory)
        let data = reopened.stateMachine
        let heard = NIOLockedValueBox<[StoreFailure]>([])
        data.onReadFailure { failure in heard.withLockedValue { $0.append(failure) } }
        #expect(throws: StoreFailure.self) { try data.value("key") }
        #expect(throws: StoreFailure.self) { try data.digest(while: { true }) }
        #expect(heard.withLockedValue { $0.count } == 2)
        #expect(heard.withLockedValue { $0.allSatisfy { $0.message.contains("checksum") } })
        try reopened.close()
    }
}
