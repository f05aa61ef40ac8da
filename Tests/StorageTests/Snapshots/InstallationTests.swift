import ClusterControl
import HotPath
import RaftCore
import Testing

@testable import Storage

@Suite("§7 A snapshot that takes the place of log and data")
struct InstallationTests {
    private let lab: SnapshotLab

    init() throws { lab = try SnapshotLab() }

    private func open(_ image: TestDirectory) throws -> (store: NodeStore, recovered: Raft.Recovered) {
        let store = try NodeStore.open(image)
        return (store, try store.recover())
    }

    private func expectNewState(_ store: NodeStore, _ recovered: Raft.Recovered) throws {
        #expect(recovered.compacted == LogID(index: LogIndex(3), term: Term(2)))
        #expect(recovered.last == recovered.compacted)
        #expect(recovered.applied == LogIndex(3))
        #expect(recovered.configuration == testConfiguration)
        #expect(recovered.hardState == HardState(currentTerm: Term(2), votedFor: "node2"))
        #expect(try store.digest == (try lab.source.digest))
    }

    private func expectOldState(_ store: NodeStore, _ recovered: Raft.Recovered) throws {
        #expect(recovered.compacted == .zero)
        #expect(recovered.last.index == LogIndex(4))
        #expect(recovered.applied == LogIndex(2))
        #expect(try store.stateMachine.value("key1") == "old")
        #expect(try store.stateMachine.value("gone") == "old")
        #expect(try store.stateMachine.value("key2") == nil)
    }

    @Test("A node reads the new state at once, in every way, and nothing of the old one")
    func reads() throws {
        let store = try lab.follower()
        let reader = store.stateMachine.makeLoopReader()
        #expect(try reader.valueInMemory("key1") == "old")

        try store.install(try lab.intake(to: store), configuration: testConfiguration)

        #expect(store.stateMachine.appliedIndex == LogIndex(3))
        #expect(store.stateMachine.revision == 320)
        #expect(store.log.lastAppendedIndex == LogIndex(3))
        #expect(store.clusterID == testCluster)
        for key in ["key0", "gone", "key3"] {
            #expect(try store.stateMachine.value(key) == nil)
            #expect(try reader.valueInMemory(key) == nil)
        }
        #expect(try store.stateMachine.value("key1") == "value 1")
        // What the disk had to be asked for is in memory now.
        #expect(try reader.valueInMemory("key1") == "value 1")
        #expect(try store.digest == (try lab.source.digest))
        #expect(store.facts.approximateKeyCount == 160)
        #expect(store.facts.mayHoldUserData)
        reader.letGo()
        try store.close()
    }

    @Test("The new state is there after a crash, and the old data is gone from the disk")
    func recovery() throws {
        let store = try lab.follower()
        try store.install(try lab.intake(to: store), configuration: testConfiguration)

        let image = directoryImage()
        let (reopened, recovered) = try open(image)

        try expectNewState(reopened, recovered)
        #expect(reopened.engine.dataFamilies == [1])
        #expect(TestDirectory.names(in: "\(image.node)/snapshot").isEmpty)
        try reopened.close()
        try store.close()
    }

    private func directoryImage() -> TestDirectory { lab.directory.crashImage() }

    @Test("Log and data go on after the snapshot, and a second one takes its place")
    func continuation() throws {
        let store = try lab.follower()
        try store.install(try lab.intake(to: store), configuration: testConfiguration)

        let more: [Entry] = [.commands(index: 4, term: 2, [.put("key0", "new"), .delete("key1")])]
        try SnapshotLab.append(more, to: store)
        try SnapshotLab.append(more, to: lab.source)

        #expect(try store.digest == (try lab.source.digest))
        try store.stateMachine.flush()
        #expect(try store.stateMachine.persistedAppliedIndex() == LogIndex(4))
        #expect(try store.digest == (try lab.source.digest))
        try SnapshotLab.append([.commands(index: 5, term: 2, [.put("last")])], to: lab.source)
        try store.install(try lab.intake(to: store), configuration: testConfiguration)
        #expect(try store.digest == (try lab.source.digest))
        #expect(store.stateMachine.family.name == .data(2))
        try store.close()
        let (reopened, recovered) = try open(lab.directory)
        #expect(recovered.compacted.index == LogIndex(5))
        #expect(try reopened.digest == (try lab.source.digest))
        try reopened.close()
    }

    @Test("A node that has installed a snapshot can give one, and can join another cluster")
    func afterwards() throws {
        let store = try lab.follower()
        try store.install(try lab.intake(to: store), configuration: testConfiguration)

        do {
            let snapshot = try #require(try store.makeSnapshot())
            #expect(try snapshot.total(while: { true }) == (try lab.source.digest))
        }
        try store.resetForJoin(clusterID: ClusterID(high: 9, low: 9), instance: testInstance)
        #expect(try store.isEmpty())
        #expect(try store.stateMachine.value("key1") == nil)
        try store.close()
        let (reopened, recovered) = try open(lab.directory)
        #expect(recovered.last == .zero && recovered.applied == .zero && recovered.compacted == .zero)
        #expect(try reopened.isEmpty())
        try reopened.close()
    }

    @Test("A capture of the old data can be read to its end")
    func captured() throws {
        let store = try lab.follower()
        do {
            let old = try store.stateMachine.capture()
            let snapshot = try #require(try store.makeSnapshot())
            let digest = try #require(try old.digest(while: { true }))

            try store.install(try lab.intake(to: store), configuration: testConfiguration)

            #expect(try old.digest(while: { true }) == digest)
            #expect(try snapshot.total(while: { true }) == digest)
        }
        try store.close()
    }

    @Test("The old data leave the disk when the last reader lets go of them, though nobody writes")
    func oldFiles() throws {
        let store = try lab.follower()
        var tables: Set<String> {
            Set(TestDirectory.names(in: "\(lab.directory.node)/db").filter { $0.hasSuffix(".sst") })
        }
        let old = tables
        #expect(!old.isEmpty && !store.facts.hasReplacedData)
        do {
            let capture = try store.stateMachine.capture()
            try store.install(try lab.intake(to: store), configuration: testConfiguration)
            // Nobody would ask to have them freed else.
            #expect(store.facts.hasReplacedData)
            try store.freeReplacedData()
            #expect(store.facts.hasReplacedData && old.isSubset(of: tables))
            withExtendedLifetime(capture) {}
        }

        try store.freeReplacedData()

        #expect(!store.facts.hasReplacedData)
        #expect(try store.digest == (try lab.source.digest))
        // RocksDB may remove them in the background.
        try store.close()
        #expect(old.isDisjoint(with: tables))
    }

    @Test("The files of an intake go before the database is opened, because they may have filled the disk")
    func fullDisk() throws {
        try lab.follower().close()
        let files = "\(lab.directory.node)/snapshot"
        TestDirectory.makeDirectory(files)
        TestDirectory.write("a part of a snapshot", to: "\(files)/1.sst")

        let error = #expect(throws: StorageError.self) {
            try NodeStore.open(directory: lab.directory.node, nodeID: "node1", on: FullPlatform())
        }

        #expect(error?.code == .noSpace)
        #expect(TestDirectory.names(in: files).isEmpty)
    }

    @Test("An intake that is given up leaves no files, and the next one begins from nothing")
    func givenUp() throws {
        let store = try lab.follower()
        let files = "\(lab.directory.node)/snapshot"
        _ = try lab.intake(to: store)
        #expect(!TestDirectory.names(in: files).isEmpty)

        try store.removeIntakeFiles()

        #expect(TestDirectory.names(in: files).isEmpty)
        try store.install(try lab.intake(to: store), configuration: testConfiguration)
        #expect(try store.digest == (try lab.source.digest))
        try store.close()
    }

    @Test("A crash before each file of a snapshot and each call that installs it leaves the old state or the new one")
    func crashes() throws {
        let platform = HookedPlatform()
        let store = try lab.follower(on: platform)
        var images: [(call: String, image: TestDirectory)] = []
        platform.hook = { [lab] call in images.append((call, lab.directory.crashImage())) }

        let intake = try lab.intake(to: store)
        try store.install(intake, configuration: testConfiguration)

        platform.hook = { _ in }
        let files = Array(repeating: "start a table file", count: intake.paths.count)
        #expect(images.map(\.call) == files + ["create", "ingest", "write", "sync", "drop"])
        for (call, image) in images {
            let (reopened, recovered) = try open(image)
            if call == "sync" || call == "drop" {
                try expectNewState(reopened, recovered)
                #expect(reopened.engine.dataFamilies == [1])
            } else {
                try expectOldState(reopened, recovered)
                #expect(reopened.engine.dataFamilies == [0])
            }
            #expect(TestDirectory.names(in: "\(image.node)/snapshot").isEmpty)
            // The rest of what an interrupted installation has left is in the way of nothing.
            try reopened.install(try lab.intake(to: reopened), configuration: testConfiguration)
            #expect(try reopened.digest == (try lab.source.digest))
            try reopened.close()
        }
        try store.close()
    }

    @Test("The switch is one batch: torn anywhere, the node has its old state", arguments: [1, 20, 60])
    func atomicity(bytesLost: Int) throws {
        let platform = HookedPlatform()
        let store = try lab.follower(on: platform)
        let intake = try lab.intake(to: store)
        var torn: TestDirectory?
        platform.hook = { [lab] call in
            guard call == "sync" else { return }
            torn = lab.directory.crashImage()
            torn?.tearWriteAheadLog(by: bytesLost)
        }

        try store.install(intake, configuration: testConfiguration)

        platform.hook = { _ in }
        let (reopened, recovered) = try open(try #require(torn))
        try expectOldState(reopened, recovered)
        try reopened.close()
        try store.close()
    }

    @Test("A look at the directory reads the data in force")
    func inspection() throws {
        let store = try lab.follower()
        try store.install(try lab.intake(to: store), configuration: testConfiguration)
        try store.close()

        let inspection = try DirectoryInspection(lab.directory.node)

        let meta = inspection.meta()
        #expect(meta.dataFamily == "kv.1")
        #expect(meta.applied?.index == 3 && meta.revision == 320)
        #expect(meta.problems == [])
        var keys: [String?] = []
        inspection.forEachRecord(prefix: [], limit: 2) { keys.append($0.key) }
        #expect(keys == ["key1", "key10"])
        #expect(inspection.listedFiles().contains { $0.meaning.hasPrefix("table file of kv.1") })
        #expect(inspection.check().problems == [])
    }

    @Test("A database without the family that is to have the data refuses the start")
    func missingFamily() throws {
        try lab.follower().close()
        try tamper(lab.directory) { batch, _ in batch.put(.dataFamily, DataFamilyRecord.encode(4)) }

        let error = #expect(throws: StorageError.self) { try NodeStore.open(lab.directory) }

        #expect(error?.code == .damaged)
        #expect(error?.message.contains("kv.4") == true)
    }
}

/// A machine on which a database cannot be opened, because its disk is full.
private struct FullPlatform: StorePlatform {
    private let system = SystemPlatform()

    var files: any FileSystem { system.files }

    var hasThreads: Bool { system.hasThreads }

    func openEngine(
        at path: String, _ options: StorageOptions, creating: Bool
    ) throws(EngineError) -> any StorageEngine {
        throw EngineError(operation: "open a database", kind: .noSpace, message: "No space left on device")
    }
}
