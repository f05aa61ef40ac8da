import HotPath
import KeyValue
import RaftCore
import Testing

@testable import Storage

@Suite("§7 A log whose beginning is cut off")
struct CompactionTests {
    let directory = TestDirectory()

    /// Terms: 1 through entry 4, then 3. Entries 1 and 6 are configurations.
    private static let log: [Entry] = [
        .configuration(index: 1), .put(index: 2), .put(index: 3), .put(index: 4), .noop(index: 5, term: 3),
        .configuration(index: 6, term: 3), .put(index: 7, term: 3), .put(index: 8, term: 3), .put(index: 9, term: 3),
    ]

    /// A point at an entry of `log`.
    private static func point(at index: UInt64) -> CompactionPoint {
        CompactionPoint(lastIncluded: log[Int(index) - 1].id, configuration: testConfiguration)
    }

    /// A node with `log`, of which eight entries are applied and on disk.
    private func node() throws -> NodeStore {
        let store = try NodeStore.bootstrapped(directory)
        try store.log.append([.write(Array(Self.log[1...]), hardState: HardState(currentTerm: Term(3)))])
        var results: [CommandResult] = []
        try store.stateMachine.apply(Array(Self.log[..<8]), results: &results)
        try store.stateMachine.flush()
        return store
    }

    private func recover(_ image: TestDirectory) throws -> (store: NodeStore, recovered: Raft.Recovered) {
        let store = try NodeStore.open(image)
        return (store, try store.recover())
    }

    private func refusal(_ image: TestDirectory) -> StorageError? {
        #expect(throws: StorageError.self) { _ = try NodeStore.open(image).recover() }
    }

    // MARK: The cut

    @Test("A start finds where the log begins, the base configuration and the rest", arguments: [3, 4, 6, 7, 8])
    func found(index: UInt64) throws {
        let store = try node()

        try store.log.append([.compaction(through: Self.point(at: index))])

        let cut = Self.log[Int(index) - 1].id
        let (reopened, recovered) = try recover(directory.crashImage())
        #expect(recovered.compacted == cut)
        #expect(recovered.configuration == testConfiguration)
        #expect(recovered.last == Self.log[8].id && recovered.applied == LogIndex(8))
        #expect(recovered.configurations.map(\.index) == (index < 6 ? [LogIndex(6)] : []))
        let rest = Self.log[Int(index)...]
        #expect(recovered.terms.first == rest.first?.id)
        #expect(recovered.terms.map(\.term) == (index < 4 ? [Term(1), Term(3)] : [Term(3)]))
        #expect(recovered.sizes == [UInt32(Self.log[8].encodedBytes)])
        #expect(try reopened.log.configurationIndexes() == recovered.configurations.map(\.index))
        #expect(try reopened.log.ids(index + 1, 10) == rest.map(\.id))
        // The log grows again.
        try reopened.log.append([.write([.put(index: 10, term: 3)])])
        #expect(reopened.log.lastAppendedIndex == LogIndex(10))
    }

    @Test("A log that is cut off as a whole grows again after its compaction point")
    func wholeLog() throws {
        let store = try node()
        _ = try store.stateMachine.apply(Self.log[8])
        try store.stateMachine.flush()

        try store.log.append([.compaction(through: Self.point(at: 9))])

        let image = directory.crashImage()
        let (reopened, recovered) = try recover(image)
        #expect(recovered.compacted == Self.log[8].id && recovered.last == recovered.compacted)
        #expect(recovered.terms.isEmpty && recovered.sizes.isEmpty && recovered.configurations.isEmpty)
        try reopened.log.append([.write([.put(index: 10, term: 3)])])
        let next = LogID(index: LogIndex(10), term: Term(3))
        #expect(try recover(image.crashImage()).recovered.terms == [next])
    }

    @Test("Jobs around a cut take effect in their order, in one batch, and a cut that is done changes nothing")
    func order() throws {
        let store = try node()

        try store.log.append([
            .write([.put(index: 9, term: 4)], truncateFrom: 9, hardState: HardState(currentTerm: Term(4))),
            .compaction(through: Self.point(at: 5)), .write([.put(index: 10, term: 4)]),
            .compaction(through: Self.point(at: 3)), .compaction(through: Self.point(at: 7)),
        ])

        let (reopened, recovered) = try recover(directory.crashImage())
        #expect(recovered.compacted == Self.log[6].id)
        #expect(try reopened.log.ids(8, 12).map(\.term) == [Term(3), Term(4), Term(4)])
    }

    @Test("A crash leaves the log with its beginning, or the one without it and what must still be known of it")
    func crash() throws {
        let store = try node()
        let witness = directory.witness
        try store.log.append([.compaction(through: Self.point(at: 7))])
        let image = directory.crashImage()
        image.tearWriteAheadLog(by: 1)
        image.witness = witness

        let (reopened, recovered) = try recover(image)

        #expect(recovered.compacted == .zero)
        #expect(recovered.configurations.map(\.index) == [LogIndex(1), LogIndex(6)])
        #expect(try reopened.log.ids(1, 10) == Self.log.map(\.id))
    }

    @Test("A suffix is truncated down to the compaction point, and not beyond")
    func truncation() async throws {
        let store = try node()
        try store.log.append([.compaction(through: Self.point(at: 8))])
        try store.log.append([.write([], truncateFrom: 9)])
        let (_, recovered) = try recover(directory.crashImage())
        #expect(recovered.last == Self.log[7].id)

        await #expect(processExitsWith: .failure) {
            let test = CompactionTests()
            let store = try test.node()
            try store.log.append([.compaction(through: Self.point(at: 8))])
            try store.log.append([.write([], truncateFrom: 8)])
        }
    }

    // MARK: Reads

    @Test("A read that begins in what is gone brings nothing; what is missing otherwise is an error")
    func reads() throws {
        let store = try node()
        try store.log.append([.compaction(through: Self.point(at: 4))])

        #expect(try store.log.ids(1, 3) == [])
        #expect(try store.log.ids(2, 8) == [])
        #expect(try store.log.ids(4, 8) == [])
        #expect(try store.log.ids(5, 8) == Self.log[4..<7].map(\.id))
        try store.close()
        try tamper(directory) { batch, _ in batch.deleteEntry(at: 6) }
        let reopened = try NodeStore.open(directory)
        #expect(throws: StoreFailure.self) { try reopened.log.ids(5, 8) }
        #expect(throws: StoreFailure.self) { try reopened.log.ids(6, 8) }
    }

    // MARK: Damage

    @Test("Data that do not reach the compaction point stop the start")
    func lostData() throws {
        let store = try node()
        try store.log.append([.compaction(through: Self.point(at: 8))])
        try store.close()
        for (applied, text) in [
            (
                AppliedRecord(last: Self.log[6].id),
                "The log begins after entry 8, and the key-value data has applied entry 7"
            ),
            (
                AppliedRecord(last: LogID(index: LogIndex(8), term: Term(2))),
                "The log begins after entry 8 of term 3, and the key-value data has applied it with term 2"
            ),
        ] {
            try tamper(directory) { batch, _ in
                var bytes = [UInt8](repeating: 0, count: AppliedRecord.encodedBytes)
                bytes.withUnsafeMutableBytes { applied.encode(into: $0) }
                KeyValueKey.applied.withRawBytes { key in
                    bytes.withRawBytes { batch.put(key, $0, in: .keyValue) }
                }
            }
            let error = refusal(directory)
            #expect(error?.code == .lostData)
            #expect(error?.message.contains(text) == true, "\(String(describing: error))")
        }
    }

    @Test("An older release does not start where what has left the log may be of a later one")
    func laterLevel() throws {
        let store = try node()
        var point = Self.point(at: 7)
        point.configuration = Configuration(members: testConfiguration.members, featureLevel: 2)
        try store.log.append([.compaction(through: point)])

        let image = directory.crashImage()
        let error = #expect(throws: StorageError.self) { _ = try NodeStore.open(image).recover(knowing: 1) }
        #expect(error?.code == .otherFormat)
        #expect(try NodeStore.open(image).recover(knowing: 2).compacted == point.lastIncluded)
    }

    @Test("A log that contradicts its compaction point stops the start")
    func contradictions() throws {
        let complaints: [(StorageError.Code, String, (any EngineBatch) -> Void)] = [
            (.lostData, "Entry 5 of the log is missing, and entry 9 is there.", { $0.deleteEntry(at: 5) }),
            (
                .damaged, "read entry 5: its term 1 is lower than 2, that of entry 4",
                { batch in
                    let point = CompactionPoint(
                        lastIncluded: LogID(index: LogIndex(4), term: Term(2)), configuration: testConfiguration)
                    batch.put(MetaKey.compaction, CompactionRecord.encode(point))
                    batch.put(Entry.noop(index: 5, term: 1).bytes, at: 5)
                }
            ),
            (
                .damaged, "read entry 4: it is there, and the log begins after it",
                { $0.put(Self.log[3].bytes, at: 4) }
            ),
            (
                .damaged, "read entry 2: it is listed as a configuration, and the log begins after it",
                { batch in
                    ConfigurationKey.bytes(LogIndex(2)).withRawBytes { key in
                        batch.put(key, UnsafeRawBufferPointer(start: nil, count: 0), in: .log)
                    }
                }
            ),
            (
                .damaged, "compaction",
                { batch in batch.put(MetaKey.compaction, [1, 2, 3]) }
            ),
            // Without the record the log lacks its beginning.
            (.lostData, "Entry 1 of the log is missing, and entry 9 is there.", { $0.delete(MetaKey.compaction) }),
        ]
        for (code, text, change) in complaints {
            let test = CompactionTests()
            let store = try test.node()
            try store.log.append([.compaction(through: Self.point(at: 4))])
            try store.close()
            try tamper(test.directory) { batch, _ in change(batch) }

            let error = test.refusal(test.directory)

            #expect(error?.code == code, "\(text)")
            #expect(error?.message.contains(text) == true, "\(String(describing: error))")
        }
    }

    // MARK: Witness

    @Test("The witness claims as much as before, and an older copy of the database is found out")
    func witness() throws {
        let store = try node()
        let older = directory.crashImage()
        let mark = try Witness.read(in: store.directory.files)

        try store.log.append([.compaction(through: Self.point(at: 8))])
        let after = try Witness.read(in: store.directory.files)
        #expect(after.last == mark.last && after.currentTerm == mark.currentTerm)

        try store.log.append([.write([.put(index: 10, term: 3)])])
        older.witness = directory.witness
        #expect(refusal(older)?.code == .lostData)
        // A mark of before, which a loss of power has brought back, names an entry that is gone.
        try store.log.append([.write([.put(index: 11, term: 3)])])
        _ = try store.stateMachine.apply(Self.log[8], .put(index: 10, term: 3))
        try store.stateMachine.flush()
        let old = directory.witness
        try store.log.append([.write([.put(index: 12, term: 3)])])
        try store.log.append([
            .compaction(
                through: CompactionPoint(
                    lastIncluded: LogID(index: LogIndex(10), term: Term(3)), configuration: testConfiguration))
        ])
        let image = directory.crashImage()
        image.witness = old
        #expect(try recover(image).recovered.last.index == LogIndex(12))
    }

    // MARK: Another beginning

    /// A witness whose newest mark is torn.
    private static func withoutNewestSlot(_ witness: [UInt8]) -> [UInt8] {
        let sequences = [0, 1].map { slot in
            witness.withUnsafeBytes {
                $0.loadUnaligned(fromByteOffset: slot * Witness.slotDistance + 9, as: UInt64.self)
            }
        }
        var torn = witness
        torn[(sequences[0] > sequences[1] ? 0 : 1) * Witness.slotDistance] ^= 1
        return torn
    }

    @Test("An installed snapshot replaces the whole log, in one batch with what else it changes")
    func startAfter() throws {
        let store = try node()
        let conflicting = CompactionPoint(
            lastIncluded: LogID(index: LogIndex(9), term: Term(5)), configuration: testConfiguration)
        try store.log.append([.write([], hardState: HardState(currentTerm: Term(5)))])

        try store.log.startAfter(conflicting) { batch in
            var applied = [UInt8](repeating: 0, count: AppliedRecord.encodedBytes)
            applied.withUnsafeMutableBytes { AppliedRecord(last: conflicting.lastIncluded).encode(into: $0) }
            KeyValueKey.applied.withRawBytes { key in
                applied.withRawBytes { batch.put(key, $0, in: .keyValue) }
            }
        }

        #expect(try store.log.ids(1, 10) == [])
        let image = directory.crashImage()
        let torn = directory.crashImage()
        torn.tearWriteAheadLog(by: 1)
        #expect(refusal(torn.crashImage())?.code == .lostData)
        // The mark that a crash before the next one leaves is true of the old log and of the new one.
        let lowered = directory.crashImage()
        lowered.witness = Self.withoutNewestSlot(directory.witness)
        _ = try recover(lowered)
        torn.witness = Self.withoutNewestSlot(directory.witness)
        let (reopened, recovered) = try recover(image)
        #expect(recovered.compacted == conflicting.lastIncluded && recovered.last == recovered.compacted)
        #expect(recovered.applied == LogIndex(9))
        try reopened.log.append([.write([.put(index: 10, term: 5)])])
        #expect(try recover(torn).recovered.last == Self.log[8].id)
    }

    @Test("A join removes the compaction point with the history")
    func join() throws {
        let store = try node()
        try store.log.append([.compaction(through: Self.point(at: 7))])

        try store.resetForJoin(clusterID: testCluster, instance: testInstance)

        #expect(store.log.compaction == CompactionPoint())
        try store.log.append([.write([.configuration(index: 1)])])
        #expect(try store.log.ids(1, 9) == [Self.log[0].id])
        let (_, recovered) = try recover(directory.crashImage())
        #expect(recovered.compacted == .zero && recovered.last == Self.log[0].id)
        try store.close()
    }
}
