import HotPath
import RaftCore
import Testing

@testable import Storage

@Suite("A look at a directory")
struct InspectionTests {
    let directory = TestDirectory()

    /// A node whose data reaches entry 3 of a log of 4, with its store still open.
    private func node() throws -> NodeStore {
        let store = try NodeStore.bootstrapped(directory)
        let entries = [Entry.put(index: 2, "first"), .put(index: 3, "second")]
        let hardState = HardState(currentTerm: Term(3), votedFor: "node2")
        try store.log.append([.write(entries, hardState: hardState)])
        _ = try store.stateMachine.apply(.configuration(index: 1), entries[0], entries[1])
        try store.stateMachine.flush()
        try store.log.append([.write([.noop(index: 4, term: 3)])])
        return store
    }

    private func entries(_ inspection: DirectoryInspection, from first: UInt64 = 1, limit: Int = 10) -> [InspectedEntry]
    {
        var entries: [InspectedEntry] = []
        inspection.forEachEntry(from: first, through: .max, limit: limit) { entries.append($0) }
        return entries
    }

    private func records(_ inspection: DirectoryInspection, prefix: String = "", limit: Int = 10) -> [InspectedRecord] {
        var records: [InspectedRecord] = []
        inspection.forEachRecord(prefix: Array(prefix.utf8), limit: limit) { records.append($0) }
        return records
    }

    @Test("shows a node that runs, says so, and changes no byte and no name")
    func running() throws {
        let store = try node()
        let before = directory.content

        let inspection = try DirectoryInspection(directory.node)
        let meta = inspection.meta()
        let log = entries(inspection)
        let data = records(inspection)

        #expect(meta.problems == [])
        #expect(meta.usedBy?.hasSuffix("node node1") == true)
        #expect(meta.marker == ["Skiff data directory", "format 1", "node node1"])
        #expect(meta.nodeID == "node1" && meta.clusterID == "\(testCluster)")
        #expect(meta.term == 3 && meta.votedFor == "node2")
        #expect(meta.lastEntry?.index == 4 && meta.lastEntry?.term == 3)
        #expect(meta.applied?.index == 3 && meta.applied?.term == 1 && meta.revision == 2)
        #expect(meta.witness?.lastIndex == 4 && meta.witness?.lastTerm == 3 && meta.witness?.votedFor == "node2")
        #expect(meta.lines.contains("log        ends at entry 4 of term 3"))
        #expect(meta.notApplied == "entries 4 through 4 of the log are not in the data on disk; a start applies them")
        #expect(log.map(\.index) == [1, 2, 3, 4])
        #expect(log.map(\.kind) == ["configuration", "commands", "commands", "noop"])
        #expect(log[0].members == ["node1 (voter) host:1111"])
        #expect(data.map(\.key) == ["key2", "key3"])
        #expect(data.map(\.value) == ["first", "second"])
        #expect(data.map(\.revision) == [1, 2])
        #expect(directory.content == before)
        // The node has not noticed.
        try store.log.append([.write([.noop(index: 5, term: 3)])])
        try store.close()
        #expect(try DirectoryInspection(directory.node).meta().usedBy == nil)
    }

    @Test("shows where a log begins that was cut off, and what contradicts that")
    func compaction() throws {
        let store = try node()
        let cut = LogID(index: LogIndex(2), term: Term(1))
        let point = CompactionPoint(lastIncluded: cut, configuration: testConfiguration)
        try store.log.append([.compaction(through: point)])

        var inspection = try DirectoryInspection(directory.node)
        var meta = inspection.meta()
        #expect(inspection.check().problems == [])
        #expect(meta.compacted?.index == 2 && meta.compacted?.term == 1)
        #expect(meta.baseMembers == ["node1 (voter) host:1111"])
        #expect(meta.lines.contains("compacted  the log begins after entry 2 of term 1"))
        #expect(entries(inspection).map(\.index) == [3, 4])

        try store.close()
        try tamper(directory) { batch, _ in batch.put(Entry.put(index: 2).bytes, at: 2) }
        inspection = try DirectoryInspection(directory.node)
        #expect(inspection.check().problems == ["Entry 2 is there, and the log begins after entry 2."])
        let beyond = CompactionPoint(lastIncluded: LogID(index: LogIndex(9), term: Term(3)))
        try tamper(directory) { batch, _ in batch.put(MetaKey.compaction, CompactionRecord.encode(beyond)) }
        meta = try DirectoryInspection(directory.node).meta()
        #expect(meta.problems == ["The log begins after entry 9, and the data has applied entry 3."])
    }

    @Test("shows ranges, prefixes and limits")
    func parts() throws {
        try node().close()
        let inspection = try DirectoryInspection(directory.node)

        #expect(entries(inspection, from: 3).map(\.index) == [3, 4])
        #expect(entries(inspection, limit: 2).map(\.index) == [1, 2])
        #expect(entries(inspection, from: 9).isEmpty)
        #expect(records(inspection, prefix: "key3").map(\.key) == ["key3"])
        #expect(records(inspection, prefix: "kez").isEmpty)
        #expect(records(inspection, limit: 1).map(\.key) == ["key2"])
        #expect(inspection.problems == [])
    }

    @Test("lists all files, and what each is")
    func files() throws {
        try node().close()

        let files = try DirectoryInspection(directory.node).listedFiles()

        #expect(Set(files.map(\.name)) == Set(directory.content.keys))
        for file in files { #expect(file.bytes == directory.content[file.name]?.count, "\(file.name)") }
        #expect(files.first { $0.name == "skiff.witness" }?.meaning == "what the node has promised")
        #expect(files.contains { $0.meaning.hasPrefix("table file of kv, level ") })
        #expect(!files.contains { $0.meaning == "unknown" || $0.meaning == "not Skiff's" }, "\(files)")
    }

    @Test("says why a node with a shorter log refuses to start, and shows the rest of it")
    func lostData() throws {
        let store = try node()
        let image = directory.crashImage()
        image.tearWriteAheadLog(by: 1)
        let before = image.content

        let inspection = try DirectoryInspection(image.node)

        #expect(entries(inspection).map(\.index) == [1, 2, 3])
        #expect(inspection.meta().problems.count == 1)
        #expect(inspection.meta().problems.first?.contains("entry 4 of term 3, and the log ends at entry 3") == true)
        #expect(image.content == before)
        try store.close()
    }

    @Test("shows what is left of a damaged log, and names the damage")
    func damaged() throws {
        let store = try NodeStore.bootstrapped(directory)
        for index in 2...5 as ClosedRange<UInt64> {
            try store.log.append([.write([.put(index: index, "value \(index)")])])
        }
        let image = directory.crashImage()
        #expect(image.flipBit(in: "value 3", ofFilesEndingWith: ".log"))
        let before = image.content

        let inspection = try DirectoryInspection(image.node)

        // RocksDB skips the rest of the block, and there is no other one.
        #expect(entries(inspection).map(\.index) == [1, 2])
        #expect(inspection.problems.first?.contains("refuses to open") == true)
        #expect(image.content == before)
        try store.close()
    }

    @Test("shows an entry that is damaged as such, and the ones after it")
    func damagedEntry() throws {
        try NodeStore.bootstrapped(directory).close()
        try tamper(directory) { batch, _ in
            var damaged = Entry.put(index: 2).bytes
            damaged[33] ^= 0x80
            batch.put(damaged, at: 2)
            batch.put(Entry.noop(index: 3).bytes, at: 3)
        }

        let log = entries(try DirectoryInspection(directory.node))

        #expect(log.map(\.problem).map { $0 != nil } == [false, true, false])
        #expect(log[1].text.contains("the checksum of the entry at index 2 is wrong"))
    }

    @Test(
        "shows the rest without a database, a witness and a marker, and refuses a path without a directory"
    )
    func incomplete() throws {
        try NodeStore.bootstrapped(directory).close()
        TestDirectory.remove("\(directory.node)/db/CURRENT")
        TestDirectory.remove(directory.witnessPath)
        TestDirectory.remove("\(directory.node)/skiff.node")

        let meta = try DirectoryInspection(directory.node).meta()

        #expect(meta.problems.count == 3, "\(meta.problems)")
        #expect(meta.witness == nil && meta.term == nil)
        #expect(throws: StorageError.self) { try DirectoryInspection("\(directory.path)/nowhere") }
    }

    // MARK: All of it

    @Test("reads everything on request, and finds nothing wrong with a node that runs")
    func whole() throws {
        let store = try node()
        let before = directory.content

        let check = try DirectoryInspection(directory.node).check()

        #expect(check.problems == [])
        #expect(check.lines == ["4 entries in 2 terms, 1 configurations, 2 records"])
        #expect(directory.content == before)
        try store.close()
    }

    @Test("finds on request what a start does not read: gaps, damage, terms that fall, and a wrong list")
    func wholeWithDamage() throws {
        let store = try NodeStore.bootstrapped(directory)
        try store.log.append([.write((2...9).map { Entry.put(index: $0) } + [.configuration(index: 10)])])
        try store.close()
        try tamper(directory) { batch, _ in
            batch.deleteEntry(at: 3)
            var damaged = Entry.put(index: 5).bytes
            damaged[0] ^= 0x80
            batch.put(damaged, at: 5)
            batch.put(Entry.put(index: 7, term: 2).bytes, at: 7)
            ConfigurationKey.bytes(LogIndex(10)).withRawBytes { batch.delete($0, in: .log) }
            ConfigurationKey.bytes(LogIndex(12)).withRawBytes { key in
                batch.put(key, UnsafeRawBufferPointer(start: nil, count: 0), in: .log)
            }
        }

        let problems = try DirectoryInspection(directory.node).check().problems

        let expected = [
            "Entry 3 is missing, and entry 4 is there.", "Entry 5: ", "Entry 8: its term 1 is lower than 2.",
            "Entry 10: it is not listed as a configuration.",
            "The log ends at entry 10, and entry 12 is listed as a configuration.",
        ]
        #expect(problems.count == expected.count, "\(problems)")
        for (problem, text) in zip(problems, expected) { #expect(problem.hasPrefix(text)) }
    }
}
