import ClusterControl
import HotPath
import KeyValue
import RaftCore
import RocksDB
import Testing

@testable import Storage

@Suite("Recovery")
struct RecoveryTests {
    let directory = TestDirectory()

    /// The refusal to start with this directory, whether from opening or from recovering.
    private func refusal(_ directory: TestDirectory) -> StorageError? {
        #expect(throws: StorageError.self) {
            let store = try NodeStore.open(directory)
            _ = try store.recover()
        }
    }

    // MARK: Recovered state

    @Test("finds nothing on a fresh node")
    func fresh() throws {
        let store = try NodeStore.open(directory)

        let recovered = try store.recover()

        #expect(recovered.hardState == HardState())
        #expect(recovered.compacted == .zero)
        #expect(recovered.last == .zero && recovered.terms.isEmpty && recovered.configurations.isEmpty)
        #expect(recovered.configuration == Configuration())
        #expect(recovered.applied == .zero)
        #expect(store.stateMachine.appliedIndex == .zero)
        #expect(try store.isEmpty())
    }

    @Test("finds the first entry of a bootstrapped node after a crash")
    func bootstrap() throws {
        let store = try NodeStore.bootstrapped(directory)
        let image = directory.crashImage()

        let reopened = try NodeStore.open(image)
        let recovered = try reopened.recover()

        #expect(reopened.clusterID == testCluster)
        #expect(recovered.hardState == HardState(currentTerm: Term(1), votedFor: "node1"))
        let size = UInt32(Entry.configuration(index: 1).encodedBytes)
        let first = LogID(index: LogIndex(1), term: Term(1))
        #expect(recovered.terms == [first] && recovered.last == first)
        #expect(recovered.sizes == [size])
        #expect(
            recovered.configurations == [ConfigurationEntry(index: LogIndex(1), configuration: testConfiguration)])
        try store.close()
    }

    @Test("A history is started once")
    func bootstrapTwice() throws {
        let store = try NodeStore.bootstrapped(directory)

        let error = #expect(throws: StorageError.self) {
            try store.bootstrap(
                clusterID: .random(), instance: testInstance, configurationEntry: .configuration(index: 1),
                hardState: HardState(currentTerm: Term(1)))
        }

        #expect(error?.code == .notFresh)
        #expect(store.clusterID == testCluster)
    }

    @Test("finds every appended entry after a crash, with its term, size and configuration")
    func appended() throws {
        let store = try NodeStore.bootstrapped(directory)
        let entries = [
            Entry.put(index: 2), .put(index: 3, "longer value"), .noop(index: 4, term: 3),
            .configuration(index: 5, term: 3),
        ]
        for entry in entries {
            try store.log.append([.write([entry], hardState: HardState(currentTerm: entry.id.term))])
        }

        let recovered = try NodeStore.open(directory.crashImage()).recover()

        let sizes = ([Entry.configuration(index: 1)] + entries).map { UInt32($0.encodedBytes) }
        #expect(
            recovered.terms == [
                LogID(index: LogIndex(1), term: Term(1)), LogID(index: LogIndex(4), term: Term(3)),
            ])
        #expect(recovered.last == LogID(index: LogIndex(5), term: Term(3)))
        #expect(recovered.sizes == sizes)
        #expect(recovered.configurations.map(\.index) == [LogIndex(1), LogIndex(5)])
        #expect(recovered.hardState == HardState(currentTerm: Term(3)))
    }

    @Test("The log may be ahead of the key-value data: the data comes back as of its last flush")
    func dataBehindLog() throws {
        let store = try NodeStore.bootstrapped(directory)
        let entries = (2...6).map { Entry.put(index: $0) }
        try store.log.append([.write(entries)])
        _ = try store.stateMachine.apply(.configuration(index: 1), entries[0], entries[1])
        try store.stateMachine.flush()
        _ = try store.stateMachine.apply(entries[2], entries[3])

        let reopened = try NodeStore.open(directory.crashImage())
        let recovered = try reopened.recover()

        #expect(recovered.applied == LogIndex(3))
        #expect(reopened.stateMachine.appliedIndex == LogIndex(3))
        #expect(reopened.stateMachine.revision == 2)
        #expect(try reopened.stateMachine.value("key4") == nil)
        let again = try reopened.log.entries(in: LogRange(4, 7), bytesMax: .max)
        var results = [CommandResult]()
        try reopened.stateMachine.apply(again, results: &results)
        #expect(results.map(\.revision) == [3, 4, 5])
    }

    @Test("A clean stop leaves nothing to apply again")
    func cleanStop() throws {
        let store = try NodeStore.bootstrapped(directory)
        try store.log.append([.write([.put(index: 2)])])
        _ = try store.stateMachine.apply(.configuration(index: 1), .put(index: 2))
        try store.close()

        #expect(try NodeStore.open(directory).recover().applied == LogIndex(2))
    }

    // MARK: A torn tail

    @Test("A torn end of the log costs the last batch, as a whole, and nothing else", arguments: [1, 40, 200])
    func tornTail(bytes: Int) throws {
        let store = try NodeStore.bootstrapped(directory)
        try store.log.append([.write([.put(index: 2)])])
        let witness = directory.witness
        try store.log.append([
            .write([.put(index: 3, term: 2), .put(index: 4, term: 2)], hardState: HardState(currentTerm: Term(2)))
        ])
        let image = directory.crashImage()
        image.tearWriteAheadLog(by: bytes)
        image.witness = witness

        let reopened = try NodeStore.open(image)
        let recovered = try reopened.recover()

        #expect(recovered.last.index == LogIndex(2))
        #expect(recovered.hardState == HardState(currentTerm: Term(1), votedFor: "node1"))
        try reopened.log.append([.write([.noop(index: 3, term: 1)])])
        #expect(try reopened.recover().last.index == LogIndex(3))
    }

    @Test("A log that lost entries which the key-value data has applied stops the start")
    func lostLog() throws {
        let store = try NodeStore.bootstrapped(directory)
        try store.log.append([.write([.put(index: 2)])])
        let witness = directory.witness
        try store.log.append([.write([.put(index: 3)])])
        let torn = directory.crashImage()
        torn.tearWriteAheadLog(by: 1)
        torn.witness = witness
        let lost = try NodeStore.open(torn)
        _ = try lost.stateMachine.apply(.configuration(index: 1), .put(index: 2), .put(index: 3))
        try lost.close()

        let error = refusal(torn)

        #expect(error?.code == .lostData)
        #expect(error?.message.contains("ends at entry 2") == true)
        #expect(error?.message.contains("applied entry 3") == true)
        #expect(error?.message.contains("remove this node from the cluster") == true)
    }

    // MARK: Damage

    @Test(
        "A flipped bit in the write-ahead log stops the start, also in its last record", arguments: ["second", "third"])
    func damagedWriteAheadLog(value: String) throws {
        let store = try NodeStore.bootstrapped(directory)
        try store.log.append([.write([.put(index: 2, "second")])])
        try store.log.append([.write([.put(index: 3, "third")])])
        let image = directory.crashImage()
        #expect(image.flipBit(in: value, ofFilesEndingWith: ".log"))

        let error = refusal(image)

        #expect(error?.code == .damaged)
        #expect(error?.message.contains("No data was changed") == true)
        try store.close()
    }

    @Test("A flipped bit in a table file of the log stops the start")
    func damagedTable() throws {
        let store = try NodeStore.bootstrapped(directory)
        try store.log.append([.write([.put(index: 2, "a needle in a haystack")])])
        try store.close()
        try tamper(directory) { batch, _ in batch.clear() }
        #expect(directory.flipBit(in: "a needle in a haystack", ofFilesEndingWith: ".sst"))

        #expect(refusal(directory)?.code == .damaged)
    }

    @Test("An entry whose own checksum is wrong stops the start, though RocksDB is content")
    func damagedEntry() throws {
        try NodeStore.bootstrapped(directory).close()
        try tamper(directory) { batch, _ in
            var damaged = Entry.put(index: 2).bytes
            damaged[33] ^= 0x80
            batch.put(damaged, at: 2)
        }

        let error = refusal(directory)

        #expect(error?.code == .damaged)
        #expect(error?.message.contains("the checksum of the entry at index 2 is wrong") == true)
    }

    @Test("Entries that contradict each other stop the start")
    func contradictions() throws {
        let complaints: [([(UInt64, [UInt8])], StorageError.Code, String)] = [
            ([(3, Entry.noop(index: 3).bytes)], .lostData, "Entry 2 of the log is missing, and entry 3 is there."),
            ([(2, Entry.noop(index: 5).bytes)], .damaged, "the record of entry 2 holds entry 5"),
            ([(2, Entry.noop(index: 2).bytes + [0])], .damaged, "bytes after its end"),
            (
                [(2, Entry.noop(index: 2, term: 5).bytes), (3, Entry.noop(index: 3, term: 4).bytes)], .damaged,
                "its term 4 is lower than 5"
            ),
            ([(2, Entry.noop(index: 2, term: 9).bytes)], .lostData, "in term 1, and its log ends in term 9"),
        ]
        for (records, code, text) in complaints {
            let directory = TestDirectory()
            try NodeStore.bootstrapped(directory).close()
            try tamper(directory) { batch, _ in
                for (index, bytes) in records { batch.put(bytes, at: index) }
            }

            let error = refusal(directory)

            #expect(error?.code == code)
            #expect(error?.message.contains(text) == true, "\(String(describing: error))")
        }
    }

    @Test("A log without its first entry stops the start")
    func missingStart() throws {
        let store = try NodeStore.bootstrapped(directory)
        try store.log.append([.write([.put(index: 2)])])
        try store.close()
        try tamper(directory) { batch, _ in batch.deleteEntry(at: 1) }

        #expect(refusal(directory)?.message.contains("Entry 1 of the log is missing") == true)
    }

    @Test("Key-value data of another history stops the start")
    func otherHistory() throws {
        let store = try NodeStore.bootstrapped(directory)
        _ = try store.stateMachine.apply(.noop(index: 1, term: 7))
        try store.close()

        let error = refusal(directory)

        #expect(error?.code == .lostData)
        #expect(error?.message.contains("different histories") == true)
    }

    @Test("A log without a cluster stops the start")
    func logWithoutCluster() throws {
        let store = try NodeStore.open(directory)
        try store.log.append([.write([.noop(index: 1)], hardState: HardState(currentTerm: Term(1)))])
        try store.close()

        #expect(refusal(directory)?.message.contains("no cluster") == true)
    }

    @Test("Damaged records of the store itself stop the start", arguments: [MetaKey.identity, .hardState])
    func damagedMeta(key: MetaKey) throws {
        try NodeStore.bootstrapped(directory).close()
        try tamper(directory) { batch, _ in batch.put(key, [1, 2, 3]) }

        let error = refusal(directory)

        #expect(error?.code == .damaged)
        #expect(error?.message.contains(key.rawValue) == true)
    }

    @Test("A damaged applied index stops the start")
    func damagedApplied() throws {
        try NodeStore.bootstrapped(directory).close()
        try tamper(directory) { batch, _ in
            KeyValueKey.applied.withRawBytes { key in
                [9, 9].withRawBytes { value in batch.put(key, value, in: .keyValue) }
            }
        }

        #expect(refusal(directory)?.message.contains("applied index") == true)
    }
}
