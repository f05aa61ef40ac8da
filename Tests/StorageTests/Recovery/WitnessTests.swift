import HotPath
import KeyValue
import RaftCore
import Testing

@testable import Storage

@Suite("The witness of what a node has promised")
struct WitnessTests {
    let directory = TestDirectory()

    private func refusal(_ directory: TestDirectory) -> StorageError? {
        #expect(throws: StorageError.self) { _ = try NodeStore.open(directory) }
    }

    /// A node whose log ends at entry 4 of term 3, in which it has voted for node2, and whose last batch is only in the
    /// write-ahead log. `images` get its directory as of each append.
    private func node(_ images: ((TestDirectory) -> Void)? = nil) throws -> TestDirectory {
        let store = try NodeStore.bootstrapped(directory)
        let hardState = HardState(currentTerm: Term(3), votedFor: "node2")
        let jobs: [LogJob] = [
            .write([.put(index: 2)]), .write([.put(index: 3, term: 3)], hardState: hardState),
            .write([.put(index: 4, term: 3)]),
        ]
        for job in jobs {
            images?(directory.crashImage())
            try store.log.append([job])
        }
        return directory.crashImage()
    }

    // MARK: Bytes

    @Test("A slot has these bytes")
    func golden() throws {
        var mark = WitnessMark()
        mark.sequence = 0x0102
        mark.last = LogID(index: LogIndex(0x0a0b), term: Term(7))
        mark.currentTerm = Term(8)
        mark.votedFor = "node2"
        mark.instance = InstanceID(high: 0x1112_1314_1516_1718, low: 0x2122_2324_2526_2728)
        var slot = [UInt8](repeating: 0xff, count: WitnessMark.slotBytes)
        slot.withUnsafeMutableBytes { mark.encode(into: $0) }

        let body: [UInt8] =
            [0x02, 0x01, 0, 0, 0, 0, 0, 0] + [0x0b, 0x0a, 0, 0, 0, 0, 0, 0] + [7, 0, 0, 0, 0, 0, 0, 0]
            + [8, 0, 0, 0, 0, 0, 0, 0] + [0x18, 0x17, 0x16, 0x15, 0x14, 0x13, 0x12, 0x11]
            + [0x28, 0x27, 0x26, 0x25, 0x24, 0x23, 0x22, 0x21] + [1] + [5, 0] + Array("node2".utf8)
        #expect(slot == SystemRecord.encode(body: body + [UInt8](repeating: 0, count: 512 - 9 - body.count)))
        #expect(try slot.withRawBytes { slot throws(CodecError) in try WitnessMark(decoding: slot) } == mark)

        mark.lostData = LostData(acknowledged: LogID(index: LogIndex(0x0304), term: Term(5)), term: Term(6))
        slot.withUnsafeMutableBytes { mark.encode(into: $0) }
        #expect(slot[9 + 48] == 3)
        let loss: [UInt8] = [4, 3, 0, 0, 0, 0, 0, 0] + [5, 0, 0, 0, 0, 0, 0, 0] + [6, 0, 0, 0, 0, 0, 0, 0]
        #expect(Array(slot[488...]) == loss)
        #expect(try slot.withRawBytes { slot throws(CodecError) in try WitnessMark(decoding: slot) } == mark)

        mark.lostData = nil
        mark.votedFor = nil
        slot.withUnsafeMutableBytes { mark.encode(into: $0) }
        #expect(slot[(9 + 48)...].allSatisfy { $0 == 0 })
        #expect(try slot.withRawBytes { slot throws(CodecError) in try WitnessMark(decoding: slot) } == mark)
    }

    @Test("A vote for an id of the greatest length is in it")
    func longVote() throws {
        var mark = WitnessMark()
        mark.votedFor = NodeID(String(repeating: "n", count: DataDirectory.nodeIDBytesMax))
        var slot = [UInt8](repeating: 0, count: WitnessMark.slotBytes)
        slot.withUnsafeMutableBytes { mark.encode(into: $0) }

        #expect(try slot.withRawBytes { slot throws(CodecError) in try WitnessMark(decoding: slot) } == mark)
    }

    // MARK: Losses

    @Test("A log whose end is gone stops the start, with both figures", arguments: [1, 40])
    func shortened(bytes: Int) throws {
        let image = try node()
        image.tearWriteAheadLog(by: bytes)
        let before = image.witness

        let error = refusal(image)

        #expect(error?.code == .lostData)
        #expect(
            error?.message.contains(
                "skiff.witness says that the log held entry 4 of term 3, and the log ends at entry 3.") == true)
        #expect(error?.message.contains("remove this node from the cluster") == true)
        #expect(image.witness == before)
        // What RocksDB found is now in table files, and the node is refused all the same.
        #expect(refusal(image)?.code == .lostData)
    }

    @Test("A flipped bit in the length of a record near the end, which RocksDB takes for a torn write, stops the start")
    func flippedLength() throws {
        let image = try node()
        let path = try #require(image.writeAheadLogs.last)
        var content = TestDirectory.read(path)
        // The header of a record of the log: 4 bytes checksum, 2 bytes length, 1 byte type.
        content[5] ^= 0x80
        TestDirectory.write(content, to: path)

        let error = refusal(image)

        #expect(error?.code == .lostData)
        #expect(error?.message.contains("held entry 4 of term 3, and the log ends at entry 0") == true)
    }

    @Test("A write-ahead log that is gone stops the start")
    func deleted() throws {
        let image = try node()
        for path in image.writeAheadLogs { TestDirectory.remove(path) }

        let error = refusal(image)

        #expect(error != nil)
        #expect([.lostData, .damaged].contains(error?.code))
    }

    @Test(
        "An older copy of the database stops the start, and with the witness of its time it is one that none can tell")
    func olderDatabase() throws {
        var older: [TestDirectory] = []
        let newest = try node { older.append($0) }
        for image in older {
            let witness = image.witness
            image.witness = newest.witness
            #expect(refusal(image)?.code == .lostData)
            image.witness = witness
            try NodeStore.open(image).close()
        }
    }

    @Test("A forgotten vote and an older term stop the start, though the log is complete")
    func hardState() throws {
        for hardState in [
            HardState(currentTerm: Term(3)), HardState(currentTerm: Term(3), votedFor: "node3"),
            HardState(currentTerm: Term(2), votedFor: "node2"),
        ] {
            let image = try node()
            try tamper(image) { batch, _ in batch.put(.hardState, HardStateRecord.encode(hardState)) }

            let error = refusal(image)

            #expect(error?.code == .lostData)
            #expect(error?.message.contains("the node was in term 3 with a vote for node2") == true)
            TestDirectory.remove(directory.node)
        }
    }

    @Test("A loss that was forgotten stops the start: the node would vote as if it had lost nothing")
    func forgottenLoss() throws {
        let store = try NodeStore.bootstrapped(directory)
        let before = directory.crashImage()
        let lost = LostData(acknowledged: LogID(index: LogIndex(9), term: Term(1)), term: Term(1))
        try store.log.append([.write([], hardState: HardState(currentTerm: Term(1), lostData: lost))])
        let after = directory.crashImage()
        let content = after.witness
        #expect(try NodeStore.open(after).recover().hardState.lostData == lost)

        // The last record of the write-ahead log is gone, which RocksDB takes for a write that was torn.
        before.witness = content
        let error = refusal(before)
        #expect(error?.code == .lostData)
        #expect(error?.message.contains("had lost some of the entries that it had acknowledged through 9") == true)
    }

    @Test("A loss that has no consequence any more is no promise, with any of the two parts")
    func settledLoss() throws {
        let store = try NodeStore.bootstrapped(directory)
        let lost = LostData(acknowledged: LogID(index: LogIndex(9), term: Term(1)), term: Term(1))
        try store.log.append([.write([], hardState: HardState(currentTerm: Term(1), lostData: lost))])
        try store.log.append([.write([], hardState: HardState(currentTerm: Term(2)))])
        for damaged in [nil, 0, 1] {
            let image = directory.crashImage()
            var content = image.witness
            if let damaged { content[damaged * Witness.slotDistance + 20] ^= 1 }
            image.witness = content

            #expect(try NodeStore.open(image).recover().hardState == HardState(currentTerm: Term(2)))
        }
    }

    @Test("A vote that the witness has not heard of yet is no loss")
    func laterHardState() throws {
        let image = try node()
        let hardState = HardState(currentTerm: Term(4), votedFor: "node3")
        try tamper(image) { batch, _ in batch.put(.hardState, HardStateRecord.encode(hardState)) }

        #expect(try NodeStore.open(image).recover().hardState == hardState)
    }

    @Test("An entry of another term in the place of the last one stops the start")
    func otherTerm() throws {
        let image = try node()
        try tamper(image) { batch, _ in batch.put(Entry.put(index: 4, term: 2).bytes, at: 4) }

        #expect(refusal(image)?.message.contains("entry 4 of term 3, and the log has term 2 there") == true)
    }

    @Test("A database that has lost its history founds no other one")
    func noFounding() throws {
        let store = try NodeStore.open(directory)
        let fresh = directory.crashImage()
        try store.close()
        fresh.witness = try node().witness

        #expect(refusal(fresh)?.code == .lostData)
    }

    // MARK: The file itself

    @Test("A directory without a readable witness is refused before its database is opened")
    func unreadable() throws {
        let changes: [(String, ([UInt8]) -> [UInt8]?)] = [
            ("is missing", { _ in nil }), ("has 0 bytes", { _ in [] }), ("has 600 bytes", { Array($0[..<600]) }),
            ("has more bytes", { $0 + [0] }),
            (
                "is damaged in both of its parts",
                { content in
                    var content = content
                    content[20] ^= 1
                    content[Witness.slotDistance + 20] ^= 1
                    return content
                }
            ),
        ]
        for (text, change) in changes {
            let image = try node()
            if let content = change(image.witness) {
                image.witness = content
            } else {
                TestDirectory.remove(image.witnessPath)
            }
            let before = image.content

            let error = refusal(image)

            #expect(error?.code == .damaged)
            #expect(error?.message.contains("the file skiff.witness \(text)") == true, "\(String(describing: error))")
            #expect(image.content.filter { $0.key != "skiff.lock" } == before.filter { $0.key != "skiff.lock" })
            TestDirectory.remove(directory.node)
        }
    }

    @Test("One damaged part is what a loss of power may leave: the other one counts", arguments: 0..<2)
    func oneSlot(number: Int) throws {
        let image = try node()
        var content = image.witness
        content[number * Witness.slotDistance + 20] ^= 1
        image.witness = content

        let store = try NodeStore.open(image)
        let recovered = try store.recover()
        #expect(recovered.last.index == LogIndex(4))
        #expect(recovered.terms.map(\.index) == [LogIndex(1), LogIndex(3)])
        // Both are whole again after two marks.
        try store.log.append([.write([.put(index: 5, term: 3)])])
        try store.close()
        var witness = image.witness
        witness[(1 - number) * Witness.slotDistance + 20] ^= 1
        image.witness = witness
        try NodeStore.open(image).close()
    }

    @Test("A start makes a damaged part whole before anything is written", arguments: 0..<2)
    func settled(number: Int) throws {
        let image = try node()
        var content = image.witness
        content[number * Witness.slotDistance + 20] ^= 1
        image.witness = content
        let store = try NodeStore.open(image)
        _ = try store.recover()

        // The process dies, and the next loss of power damages the other part.
        var witness = image.witness
        witness[(1 - number) * Witness.slotDistance + 20] ^= 1
        try store.close()
        image.witness = witness

        try NodeStore.open(image).close()
    }

    // MARK: What takes away

    @Test("A suffix that another leader replaces is no loss, with any of the two parts", arguments: [1, 2, 3])
    func truncation(appends: Int) throws {
        let store = try NodeStore.bootstrapped(directory)
        try store.log.append([.write((2...9).map { .put(index: $0) })])
        let hardState = HardState(currentTerm: Term(4))
        try store.log.append([.write([], truncateFrom: 5, hardState: hardState)])
        for index in 0..<appends - 1 { try store.log.append([.write([.noop(index: 5 + UInt64(index), term: 4)])]) }
        for damaged in [nil, 0, 1] {
            let image = directory.crashImage()
            var content = image.witness
            if let damaged { content[damaged * Witness.slotDistance + 20] ^= 1 }
            image.witness = content

            let recovered = try NodeStore.open(image).recover()

            #expect(recovered.last.index == LogIndex(UInt64(4 + appends - 1)))
        }
    }

    @Test("A node that joins another cluster promises nothing of before, with any of the two parts")
    func join() throws {
        let store = try NodeStore.open(node())
        let instance = InstanceID(high: 7, low: 8)
        try store.resetForJoin(clusterID: JoinTests.otherCluster, instance: instance)
        let path = store.directory.path + "/skiff.witness"
        let content = TestDirectory.read(path)

        for number in 0..<2 {
            let slot = Array(content[number * Witness.slotDistance..<number * Witness.slotDistance + 512])
            let mark = try slot.withRawBytes { slot throws(CodecError) in try WitnessMark(decoding: slot) }
            #expect(mark.last == .zero && mark.currentTerm == .zero && mark.votedFor == nil)
            #expect(mark.instance == nil || mark.instance == instance)
        }
        try store.close()
    }
}
