import HotPath
import KeyValue
import RaftCore
import Testing

@testable import Storage

@Suite("A start does not depend on entries that are applied and durable")
struct LogSurveyTests {
    let directory = TestDirectory()

    /// Of nine entries eight are applied. Terms: 1 through entry 4, then 3. Entries 1 and 6 are configurations.
    private static let log: [Entry] = [
        .configuration(index: 1), .put(index: 2), .put(index: 3), .put(index: 4), .noop(index: 5, term: 3),
        .configuration(index: 6, term: 3), .put(index: 7, term: 3), .put(index: 8, term: 3), .put(index: 9, term: 3),
    ]

    /// The first and the last one that is applied, those that halving leads to, the configurations, and the rest.
    private static let read: Set<UInt64> = [1, 4, 5, 6, 8, 9]

    /// A stopped node with `log`.
    private func node() throws {
        let store = try NodeStore.bootstrapped(directory)
        try store.log.append([.write(Array(Self.log[1...]), hardState: HardState(currentTerm: Term(3)))])
        var results: [CommandResult] = []
        try store.stateMachine.apply(Array(Self.log[..<8]), results: &results)
        try store.close()
    }

    /// Opens the node, which reads this much of what is applied at the end of its log.
    private func open(tail: Int = 0) throws(StorageError) -> NodeStore {
        var options = StorageOptions.small
        options.logTailBytesExactly = tail
        return try NodeStore.open(directory: directory.node, nodeID: "node1", options: options)
    }

    private func refusal(tail: Int = 0) -> StorageError? {
        #expect(throws: StorageError.self) {
            let store = try open(tail: tail)
            _ = try store.recover()
        }
    }

    /// What a node says that starts, and reads `index` later.
    private func failureOfLaterRead(of index: UInt64) throws -> StoreFailure? {
        let store = try open()
        _ = try store.recover()
        let failure = #expect(throws: StoreFailure.self) {
            try store.log.entries(in: LogRange(index - 1, index + 1), bytesMax: .max)
        }
        try store.close()
        return failure
    }

    @Test("The terms, the end, the sizes of what is not applied, and the configurations are found")
    func found() throws {
        try node()
        var unapplied = 0
        let store = try open()

        let recovered = try store.recover { unapplied += 1 }

        #expect(
            recovered.terms == [LogID(index: LogIndex(1), term: Term(1)), LogID(index: LogIndex(5), term: Term(3))])
        #expect(recovered.last == LogID(index: LogIndex(9), term: Term(3)))
        #expect(recovered.sizes == [UInt32(Self.log[8].encodedBytes)])
        #expect(recovered.configurations.map(\.index) == [LogIndex(1), LogIndex(6)])
        #expect(recovered.applied == LogIndex(8))
        #expect(unapplied == 1)
        #expect(store.facts.mayHoldUserData)
    }

    // MARK: Damage

    @Test("An entry that is missing where the start reads stops it", arguments: [1, 4, 5, 6, 8] as [UInt64])
    func gap(index: UInt64) throws {
        try node()
        try tamper(directory) { batch, _ in batch.deleteEntry(at: index) }

        let error = refusal()

        #expect(error?.code == .lostData)
        #expect(error?.message.contains("Entry \(index) of the log is missing, and entry 9 is there.") == true)
    }

    @Test("An entry that is damaged where the start reads stops it", arguments: Self.read.sorted())
    func damaged(index: UInt64) throws {
        try node()
        try damageEntry(at: index)

        let error = refusal()

        #expect(error?.code == .damaged)
        #expect(error?.message.contains("the checksum of the entry at index \(index) is wrong") == true)
    }

    @Test("An entry that may be in no table file stops the start if it is missing", arguments: [2, 3, 7] as [UInt64])
    func gapInTail(index: UInt64) throws {
        try node()
        try tamper(directory) { batch, _ in batch.deleteEntry(at: index) }

        let error = refusal(tail: StorageOptions.small.logTailBytes)

        #expect(error?.code == .lostData)
        #expect(error?.message.contains("Entry \(index) of the log is missing, and entry") == true)
    }

    @Test("Of what is applied, a start reads as much of the end as may be in no table file")
    func tail() throws {
        try node()
        try damageEntry(at: 7)
        let error = refusal(tail: 1)
        #expect(error?.message.contains("the checksum of the entry at index 7 is wrong") == true)

        let other = LogSurveyTests()
        var entries: [Entry] = [.configuration(index: 1)]
        let store = try NodeStore.bootstrapped(other.directory)
        entries += (2...200).map { Entry.put(index: $0) }
        try store.log.append([.write(Array(entries[1...]))])
        var results: [CommandResult] = []
        try store.stateMachine.apply(entries, results: &results)
        try store.close()
        try tamper(other.directory) { batch, _ in batch.deleteEntry(at: 3) }
        _ = try other.open(tail: entries[0].encodedBytes * 20).recover()
        #expect(other.refusal(tail: entries.reduce(0) { $0 + $1.encodedBytes })?.code == .lostData)
    }

    @Test("An older entry that is missing is found when it is read", arguments: [2, 3, 7] as [UInt64])
    func laterGap(index: UInt64) throws {
        try node()
        try tamper(directory) { batch, _ in batch.deleteEntry(at: index) }

        let failure = try failureOfLaterRead(of: index)

        #expect(failure?.message == "entry \(index) of [\(index - 1), \(index + 1)) is missing")
    }

    @Test("An older entry that is damaged is found when it is read", arguments: [2, 3, 7] as [UInt64])
    func laterDamage(index: UInt64) throws {
        try node()
        try damageEntry(at: index)

        let failure = try failureOfLaterRead(of: index)

        #expect(failure?.operation == "read entry \(index)")
        #expect(failure?.message.contains("the checksum of the entry at index \(index) is wrong") == true)
    }

    private func damageEntry(at index: UInt64) throws {
        try tamper(directory) { batch, _ in
            var damaged = Self.log[Int(index) - 1].bytes
            damaged[0] ^= 0x80
            batch.put(damaged, at: index)
        }
    }

    @Test("A term that falls among the entries that are read stops the start")
    func fallingTerm() throws {
        try node()
        try tamper(directory) { batch, _ in batch.put(Entry.put(index: 4, term: 5).bytes, at: 4) }

        let error = refusal()

        #expect(error?.code == .damaged)
        #expect(error?.message.contains("read entry 8: its term 3 is lower than 5, that of entry 4") == true)
    }

    @Test("Another term than that of the applied record stops the start")
    func otherTerm() throws {
        try node()
        try tamper(directory) { batch, _ in batch.put(Entry.put(index: 8, term: 2).bytes, at: 8) }

        #expect(refusal()?.message.contains("Entry 8 of the log has term 2") == true)
    }

    // MARK: The list of configurations

    private func tamperList(_ change: @escaping (any EngineBatch, [UInt8]) -> Void, at index: UInt64) throws {
        try tamper(directory) { batch, _ in change(batch, ConfigurationKey.bytes(LogIndex(index))) }
    }

    private static func add(_ batch: any EngineBatch, _ key: [UInt8]) {
        key.withRawBytes { key in batch.put(key, UnsafeRawBufferPointer(start: nil, count: 0), in: .log) }
    }

    @Test("A list of configurations that the log contradicts stops the start")
    func contradictedList() throws {
        let complaints: [(UInt64, Bool, StorageError.Code, String)] = [
            (7, true, .damaged, "read entry 7: it is listed as a configuration, and holds commands"),
            (9, true, .damaged, "read entry 9: it is listed as a configuration, and holds commands"),
            (10, true, .lostData, "Entry 10 of the log, a configuration, is missing: the log ends at entry 9."),
            (6, false, .damaged, "read entry 6: it is a configuration, and is not listed as one"),
            (1, false, .damaged, "read entry 1: it is a configuration, and is not listed as one"),
        ]
        for (index, isAdded, code, text) in complaints {
            let test = LogSurveyTests()
            try test.node()
            try test.tamperList(
                { batch, key in
                    if isAdded {
                        Self.add(batch, key)
                    } else {
                        key.withRawBytes { batch.delete($0, in: .log) }
                    }
                }, at: index)

            let error = test.refusal()

            #expect(error?.code == code)
            #expect(error?.message.contains(text) == true, "\(String(describing: error))")
        }
    }

    @Test("A key of another form in the list of configurations stops the start")
    func malformedList() throws {
        try node()
        try tamperList({ batch, key in Self.add(batch, Array(key.dropLast())) }, at: 6)

        let error = refusal()

        #expect(error?.code == .damaged)
        #expect(error?.message.contains("read the list of configurations: a key has 15 bytes") == true)
    }

    @Test("A configuration is listed when its entry is durable, and not after a truncation, in any crash image")
    func list() throws {
        let store = try NodeStore.bootstrapped(directory)
        func listed(_ image: TestDirectory) throws -> [UInt64] {
            let reopened = try NodeStore.open(image)
            let configurations = try reopened.recover().configurations.map(\.index)
            #expect(try reopened.log.configurationIndexes() == configurations)
            return configurations.map(\.rawValue)
        }
        #expect(try listed(directory.crashImage()) == [1])

        try store.log.append([.write([.put(index: 2), .configuration(index: 3), .put(index: 4)])])
        #expect(try listed(directory.crashImage()) == [1, 3])

        let witness = directory.witness
        try store.log.append([.write([.configuration(index: 5)])])
        let torn = directory.crashImage()
        torn.tearWriteAheadLog(by: 1)
        torn.witness = witness
        #expect(try listed(torn) == [1, 3])

        // Another leader's entries; one batch takes them away, writes others and takes those away as well.
        try store.log.append([
            .write([.put(index: 3, term: 2), .configuration(index: 4, term: 2)], truncateFrom: 3),
            .write([.configuration(index: 4, term: 3), .put(index: 5, term: 3)], truncateFrom: 4),
            .write([], hardState: HardState(currentTerm: Term(3))),
        ])
        #expect(try listed(directory.crashImage()) == [1, 4])

        try store.log.append([.write([], truncateFrom: 4)])
        #expect(try listed(directory.crashImage()) == [1])
        try store.resetForJoin(clusterID: testCluster, instance: testInstance)
        #expect(try listed(directory.crashImage()) == [])
        try store.close()
    }

    // MARK: Cost

    @Test("Of 100,000 entries in 50 terms that are applied, a start reads less than a thousand")
    func entriesRead() throws {
        let count: UInt64 = 100_000
        let terms: UInt64 = 50
        let store = try NodeStore.bootstrapped(directory)
        _ = try store.stateMachine.apply(.configuration(index: 1))
        for first in stride(from: 2 as UInt64, through: count, by: 5_000) {
            let entries = (first...min(first + 4_999, count)).map { index in
                Entry.noop(index: index, term: 1 + index * (terms - 1) / count)
            }
            try store.log.append([.write(entries, hardState: HardState(currentTerm: Term(terms)))])
            var results: [CommandResult] = []
            try store.stateMachine.apply(entries, results: &results)
        }
        try store.close()
        let platform = HookedPlatform()
        var options = StorageOptions.small
        options.logTailBytesExactly = 4_096
        let reopened = try NodeStore.open(directory: directory.node, nodeID: "node1", options: options, on: platform)

        let recovered = try reopened.recover()

        #expect(recovered.terms.map(\.term.rawValue) == Array(1...terms))
        #expect(recovered.last.index == LogIndex(count) && recovered.sizes.isEmpty)
        #expect((50..<1_000).contains(platform.entriesRead), "\(platform.entriesRead)")
        try reopened.close()
    }
}
