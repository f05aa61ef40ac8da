import ClusterControl
import HotPath
import KeyValue
import RaftCore
import Storage
import Testing

@testable import ClusterSimulation

@Suite("The disk of a simulated process")
struct SimulatedStorageTests {
    private static let cluster = ClusterID(high: 1, low: 2)

    private static func entry(_ index: UInt64, term: UInt64 = 1) -> Entry {
        .puts(index, term: term, keys: 1...3)
    }

    private static func open(_ disk: NodeDisk) throws -> SimulatedStorage {
        try SimulatedStorage("a", on: disk, StorageSettings(), seed: 1)
    }

    /// A node whose log holds entry 1.
    private static func joined(_ disk: NodeDisk) throws -> SimulatedStorage {
        let storage = try open(disk)
        try storage.join(cluster)
        storage.submit(.write([entry(1)], hardState: HardState(currentTerm: Term(1))))
        try storage.beginWrite()
        storage.endSync()
        _ = storage.takeNotice()
        return storage
    }

    /// Starts again and says what is wrong with what was recovered.
    private static func breach(_ disk: NodeDisk) throws -> String? {
        let storage = try open(disk)
        defer { storage.kill() }
        return try RecoveryLosesNothing.breach(by: "a", storage.store.recover(), storage)
    }

    @Test("A batch takes its steps, and is durable after its sync")
    func steps() throws {
        let disk = NodeDisk()
        let storage = try Self.joined(disk)
        #expect(!storage.hasLogWork)
        storage.submit(.write([Self.entry(2)]))
        #expect(storage.hasLogWork)
        try storage.beginWrite()
        #expect(storage.logStage == .syncing)
        #expect(disk.lastLogID.index == LogIndex(1))

        storage.submit(.write([Self.entry(3)]))
        #expect(!storage.hasLogWork)
        storage.endSync()
        #expect(storage.logStage == .reporting)
        #expect(disk.lastLogID.index == LogIndex(2))
        #expect(storage.takeNotice().entries.map(\.id.index) == [LogIndex(2)])
        #expect(storage.hasLogWork)
    }

    @Test("A batch that was not synced survives its process, and may be lost with the power")
    func unsynced() throws {
        for (fate, last) in [(nil, 2), (.kept, 2), (.lost, 1)] as [(UnsyncedFate?, UInt64)] {
            let disk = NodeDisk()
            let storage = try Self.joined(disk)
            storage.submit(.write([Self.entry(2)]))
            try storage.beginWrite()
            storage.kill()
            if let fate { disk.losePower(fate, seed: 1) }

            #expect(try Self.breach(disk) == nil)
            #expect(disk.lastLogID.index == LogIndex(last))
        }
    }

    @Test("A synced entry that is gone is found, and a changed term")
    func lost() throws {
        let disk = NodeDisk()
        let storage = try Self.joined(disk)
        storage.submit(.write([Self.entry(2)], hardState: HardState(currentTerm: Term(1), votedFor: "b")))
        try storage.beginWrite()
        storage.endSync(isSkipped: true)
        storage.kill()
        disk.losePower(.lost, seed: 1)
        #expect(try Self.breach(disk)?.contains("votedFor") == true)

        let other = NodeDisk()
        let otherStorage = try Self.joined(other)
        otherStorage.submit(.write([Self.entry(2)]))
        try otherStorage.beginWrite()
        otherStorage.endSync(isSkipped: true)
        otherStorage.kill()
        other.losePower(.lost, seed: 1)
        #expect(try Self.breach(other)?.contains("a log that ends at 1") == true)
    }

    @Test("An entry that nobody wrote is found")
    func invented() throws {
        let disk = NodeDisk()
        let storage = try Self.joined(disk)
        try storage.store.log.append([.write([Self.entry(2)])])
        storage.kill()

        #expect(try Self.breach(disk)?.contains("a log that ends at 2") == true)
    }

    @Test("A join that the power cut off leaves the old history or the new one")
    func joinCutOff() throws {
        var outcomes: Set<UInt64> = []
        for calls in 0..<12 {
            let disk = NodeDisk()
            let storage = try Self.joined(disk)
            disk.medium.callsUntilPowerFails = calls
            do { try storage.join(ClusterID(high: 3, low: 4)) } catch {}
            disk.losePower(.drawn, seed: UInt64(calls))

            #expect(try Self.breach(disk) == nil)
            outcomes.insert(disk.lastLogID.index.rawValue)
        }
        #expect(outcomes == [0, 1])
    }

    @Test("Records differ from what the entries make, and that is found")
    func data() throws {
        let disk = NodeDisk()
        let storage = try Self.joined(disk)
        #expect(try RecoveryLosesNothing.breach(by: "a", data: disk.data, storage) == nil)
        var results: [CommandResult] = []
        try storage.store.stateMachine.apply([Self.entry(1)], results: &results)

        #expect(try RecoveryLosesNothing.breach(by: "a", data: disk.data, storage) != nil)
    }

    @Test("A failed call says what of the disk was the reason, once")
    func failures() throws {
        let disk = NodeDisk()
        let storage = try Self.joined(disk)
        #expect(disk.medium.takeFailure() == nil)
        disk.medium.syncsUntilOneFails = 0
        storage.submit(.write([Self.entry(2)]))
        #expect(throws: StoreFailure.self) { try storage.beginWrite() }
        #expect(disk.medium.takeFailure() == .sync)
        #expect(disk.medium.takeFailure() == nil)

        storage.kill()
        disk.medium.failsReads = true
        #expect(throws: StorageError.self) { try Self.open(disk) }
        #expect(disk.medium.takeFailure() == .read)
        disk.medium.mend()
        #expect(try Self.breach(disk) == nil)
        #expect(disk.lastLogID.index == LogIndex(2), "the failed sync had written it")
    }
}
