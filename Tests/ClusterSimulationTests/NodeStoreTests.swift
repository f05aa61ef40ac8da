import Bytes
import HotPath
import KeyValue
import RaftCore
import Storage
import Testing

@testable import ClusterSimulation

@Suite("A node's store on a simulated disk")
struct NodeStoreTests {
    @Test(
        "keeps what it acknowledged when the power fails, at whichever call that changes the disk",
        arguments: [UnsyncedFate.lost, .kept, .drawn])
    func everyCall(fate: UnsyncedFate) throws {
        let disk = SimulatedDisk()
        var history = StoreHistory()
        try history.live(on: SimulatedPlatform(on: disk))
        let callCount = disk.callCount
        #expect(callCount > 80)
        try check(disk, after: history)

        for call in 0..<callCount {
            let disk = SimulatedDisk()
            disk.callsUntilPowerFails = call
            var history = StoreHistory()
            #expect(throws: (any Error).self) { try history.live(on: SimulatedPlatform(on: disk)) }
            #expect(disk.isWithoutPower)
            var generator = SplitMix64(seed: UInt64(call))
            disk.losePower(fate, drawing: &generator)
            try check(disk, after: history)
        }
    }

    /// A life that is cut off before a call, after which the disk has lost the last overwrite of each place in a file
    /// that was not synced since.
    private func lifeLosingLastOverwrites(untilCall call: Int, mutant: Mutant? = nil) -> (SimulatedDisk, StoreHistory) {
        let disk = SimulatedDisk()
        disk.callsUntilPowerFails = call
        var history = StoreHistory()
        history.mutant = mutant
        #expect(throws: (any Error).self) { try history.live(on: SimulatedPlatform(on: disk)) }
        disk.losePower(keeping: { UnsyncedRest(count: $0) }, keepingChanges: { $0 - 1 })
        return (disk, history)
    }

    private func callCount() throws -> Int {
        let disk = SimulatedDisk()
        var history = StoreHistory()
        try history.live(on: SimulatedPlatform(on: disk))
        return disk.callCount
    }

    @Test("keeps it too when only the last overwrite of each place in a file is lost, at whichever call")
    func lastOverwrites() throws {
        for call in 0..<(try callCount()) {
            let (disk, history) = lifeLosingLastOverwrites(untilCall: call)
            try check(disk, after: history)
        }
    }

    /// Before a suffix of the log is deleted, and before a history is dropped for a join, the witness claims less. Were
    /// that not durable, the disk could still have the claim when the database has lost what it is about.
    @Test("would refuse to start if the witness were lowered without a sync", .enabled(if: SeedRun.hasMutants))
    func loweredWithoutSync() throws {
        var refused: [Int] = []
        // One call less: the sync.
        for call in 0..<(try callCount()) - 2 {
            let (disk, _) = lifeLosingLastOverwrites(untilCall: call, mutant: .lowersWithoutSync)
            do throws(StorageError) {
                _ = try NodeStore.open(SimulatedPlatform(on: disk)).recover()
            } catch {
                #expect(error.code == .lostData)
                refused.append(call)
            }
        }
        // Once because of the log, and once because of the history.
        let gaps = zip(refused, refused.dropFirst()).count { $1 > $0 + 10 }
        #expect(gaps >= 1, "\(refused)")
    }

    /// Opens the store again, and compares what it recovers.
    private func check(_ disk: SimulatedDisk, after history: StoreHistory) throws {
        let store = try NodeStore.open(SimulatedPlatform(on: disk))
        let recovered = try store.recover()
        let indexes = LogIndex(1).rawValue..<recovered.last.index.next.rawValue
        let terms = indexes.map { index in recovered.terms.last { $0.index.rawValue <= index }?.term.rawValue ?? 0 }
        let state = StoreHistory.State(
            clusterID: store.clusterID, terms: terms, hardState: recovered.hardState)
        #expect(state == history.acknowledged || state == history.attempted)
        #expect(Int(recovered.applied.rawValue) <= history.committed)

        // Applying the rest leads to what a node without a crash holds.
        let from = recovered.applied.next
        let to = LogIndex(UInt64(terms.count + 1))
        var results: [CommandResult] = []
        try store.stateMachine.apply(try store.log.entries(in: LogRange(from, to), bytesMax: .max), results: &results)
        for key in 1...9 {
            let last = terms.indices.last { place in
                StoreHistory.keys(ofEntry: place + 1, term: terms[place])?.contains(key) == true
            }
            #expect(try store.stateMachine.value("key\(key)") == last.map { "value \($0 + 1).\(terms[$0])" })
        }
        try store.close()
    }

    @Test(
        "refuses random damage or reads past it, and never ends the process",
        arguments: Seed.all(1...200, of: "NodeStoreTests/damage"))
    func damage(seed: Seed) throws {
        let disk = SimulatedDisk()
        var history = StoreHistory()
        var generator = SplitMix64(seed: seed.value)
        disk.callsUntilPowerFails = Int.random(in: 30..<150, using: &generator)
        do { try history.live(on: SimulatedPlatform(on: disk)) } catch {}
        disk.losePower(.drawnWithHoles, drawing: &generator)
        for _ in 0..<Int.random(in: 1..<4, using: &generator) {
            guard let path = disk.paths.randomElement(using: &generator), let count = disk.content(of: path)?.count,
                count > 0
            else { continue }
            let place = Int.random(in: 0..<count, using: &generator)
            if Bool.random(using: &generator) {
                disk.truncate(path, to: place)
            } else {
                disk.flipBit(Int.random(in: 0..<8, using: &generator), ofByte: place, in: path)
            }
        }

        do {
            let store = try NodeStore.open(SimulatedPlatform(on: disk))
            let last = try store.recover().last.index
            for key in 1...9 { _ = try store.stateMachine.value("key\(key)") }
            // Nothing that was read back is newer than what the node ever did.
            #expect(last <= LogIndex(9))
            try store.close()
        } catch {
            #expect(error is StorageError || error is StoreFailure, "\(error)")
        }
    }

    @Test("is the same after the same calls and the same seed")
    func determinism() throws {
        let contents = (0..<2).map { _ in
            let disk = SimulatedDisk()
            var history = StoreHistory()
            disk.callsUntilPowerFails = 55
            #expect(throws: (any Error).self) { try history.live(on: SimulatedPlatform(on: disk)) }
            var generator = SplitMix64(seed: 5)
            disk.losePower(.drawn, drawing: &generator)
            return disk.paths.map { ($0, disk.content(of: $0)) }
        }

        #expect(contents[0].map(\.0) == contents[1].map(\.0))
        #expect(contents[0].map(\.1) == contents[1].map(\.1))
    }

    // MARK: Time

    @Test("has not acknowledged entries whose sync is still under way, and loses them with the power")
    func slowSync() throws {
        let disk = SimulatedDisk()
        let platform = SimulatedPlatform(on: disk)
        let store = try NodeStore.open(platform)
        try store.bootstrap()
        let first = try platform.fileSystem.beginningSyncs {
            try store.log.append([.write([.puts(2, term: 1, keys: 1...1)])])
        }
        platform.fileSystem.complete(first)
        _ = try platform.fileSystem.beginningSyncs {
            try store.log.append([.write([.puts(3, term: 1, keys: 1...1)])])
        }
        #expect(try store.log.entries(in: LogRange(LogIndex(3), LogIndex(4)), bytesMax: .max).count == 1)

        var generator = SplitMix64(seed: 1)
        disk.losePower(.lost, drawing: &generator)

        let recovered = try NodeStore.open(SimulatedPlatform(on: disk)).recover()
        #expect(recovered.last.index == LogIndex(2))
    }

    @Test("is flushed by steps, and an apply that finds no room does the work itself")
    func flushSteps() throws {
        let store = try NodeStore.open(SimulatedPlatform(on: SimulatedDisk()))
        try store.bootstrap()
        var results: [CommandResult] = []
        #expect(store.stateMachine.flushStep() == .nothing)
        var index: UInt64 = 0
        while store.stateMachine.hasRoomForTables {
            index += 1
            try store.stateMachine.apply([.puts(index, term: 1, keys: 1...9)], results: &results)
        }
        #expect(try store.stateMachine.persistedAppliedIndex() == .zero)

        #expect(store.stateMachine.flushStep() == .wroteFile)
        #expect(store.stateMachine.flushStep() == .entered)
        #expect(store.stateMachine.hasRoomForTables)
        #expect(try store.stateMachine.persistedAppliedIndex() > .zero)

        for _ in 0..<100 {
            index += 1
            try store.stateMachine.apply([.puts(index, term: 1, keys: 1...9)], results: &results)
        }
        #expect(try store.stateMachine.value("key9") == "value \(index).1")
        try store.stateMachine.flush()
        #expect(try store.stateMachine.persistedAppliedIndex() == LogIndex(index))
    }

    @Test("waits for compaction in steps, and not when somebody waits for the flush")
    func compaction() throws {
        var settings = ModelSettings()
        settings.compactsAtOnce = false
        let platform = SimulatedPlatform(on: SimulatedDisk(), settings)
        let store = try NodeStore.open(platform)
        var results: [CommandResult] = []
        // The first table has nothing below it and goes to the lowest level.
        for index in 1...65 as ClosedRange<UInt64> {
            try store.stateMachine.apply([.puts(index, term: 1, keys: 1...1)], results: &results)
            try store.stateMachine.flush()
        }
        while store.stateMachine.hasRoomForTables {
            let index = store.stateMachine.appliedIndex.rawValue + 1
            try store.stateMachine.apply([.puts(index, term: 1, keys: 1...9)], results: &results)
        }

        #expect(store.stateMachine.flushStep() == .wroteFile)
        #expect(store.stateMachine.flushStep() == .waitsForCompaction)
        try platform.database?.compact(.keyValue)
        #expect(store.stateMachine.flushStep() == .entered)
        try store.close()
    }

    // MARK: Failures

    @Test("stops for good after a sync that failed, and says so")
    func failedSync() throws {
        let disk = SimulatedDisk()
        let store = try NodeStore.open(SimulatedPlatform(on: disk))
        try store.bootstrap()
        disk.syncsUntilOneFails = 0

        #expect(throws: StoreFailure.self) { try store.log.append([.write([.puts(2, term: 1, keys: 1...1)])]) }
        #expect(throws: StoreFailure.self) { try store.log.append([.write([.puts(3, term: 1, keys: 1...1)])]) }
        #expect(disk.failedSyncCount == 1)
    }

    @Test("reports a full disk, and starts again when there is space")
    func fullDisk() throws {
        let disk = SimulatedDisk()
        let store = try NodeStore.open(SimulatedPlatform(on: disk))
        try store.bootstrap()
        disk.capacityBytes = disk.copy().bytes + 40

        let failure = #expect(throws: StoreFailure.self) {
            try store.log.append([.write([.puts(2, term: 1, keys: 1...9)])])
        }
        #expect(failure?.message.contains("No space left on device") == true)

        var generator = SplitMix64(seed: 1)
        disk.losePower(.kept, drawing: &generator)
        disk.capacityBytes = .max
        #expect(try NodeStore.open(SimulatedPlatform(on: disk)).recover().last.index == LogIndex(1))
    }

    @Test("changes nothing any more once its process or its machine has crashed")
    func deadProcess() throws {
        let disk = SimulatedDisk()
        let platform = SimulatedPlatform(on: disk)
        let store = try NodeStore.open(platform)
        try store.bootstrap()

        platform.fileSystem.kill()
        let next = try NodeStore.open(SimulatedPlatform(on: disk))
        let content = disk.paths.map { disk.content(of: $0) }
        #expect(throws: StoreFailure.self) { try store.log.append([.write([.puts(2, term: 1, keys: 1...1)])]) }
        #expect(throws: StorageError.self) { try store.close() }

        #expect(disk.paths.map { disk.content(of: $0) } == content)
        try next.close()
    }

    // MARK: Refusals

    private func refusal(_ disk: SimulatedDisk, nodeID: NodeID = "node1") throws -> StorageError {
        try #require(throws: StorageError.self) {
            _ = try NodeStore.open(SimulatedPlatform(on: disk), nodeID: nodeID).recover()
        }
    }

    @Test("refuses a directory that another process uses, another node's, and one whose marker is damaged")
    func directories() throws {
        let disk = SimulatedDisk()
        let store = try NodeStore.open(SimulatedPlatform(on: disk))
        try store.bootstrap()
        #expect(try refusal(disk).code == .locked)
        #expect(try refusal(disk).message.contains("process 1, node node1"))
        try store.close()

        #expect(try refusal(disk, nodeID: "node2").code == .otherNode)
        let marker = "/data/node/skiff.node"
        disk.truncate(marker, to: 10)
        #expect(try refusal(disk).code == .damaged)
    }

    @Test("starts on a wiped disk as a node without a history, and on an older copy with an older one")
    func otherDisks() throws {
        let disk = SimulatedDisk()
        let store = try NodeStore.open(SimulatedPlatform(on: disk))
        try store.bootstrap()
        try store.log.append([.write([.puts(2, term: 1, keys: 1...1)])])
        let copy = disk.copy()
        try store.log.append([.write([.puts(3, term: 1, keys: 1...1)])])
        try store.close()

        disk.restore(copy)
        let older = try NodeStore.open(SimulatedPlatform(on: disk))
        #expect(try older.recover().last.index == LogIndex(2))
        try older.close()

        disk.wipe()
        let fresh = try NodeStore.open(SimulatedPlatform(on: disk))
        #expect(fresh.clusterID == nil)
        #expect(try fresh.recover().last == .zero)
        try fresh.close()
    }

    @Test("refuses a log from which acknowledged entries are gone that the data has applied")
    func lostLog() throws {
        let disk = SimulatedDisk()
        let store = try NodeStore.open(SimulatedPlatform(on: disk))
        try store.bootstrap()
        try store.log.append([.write([.puts(2, term: 1, keys: 1...1)])])
        var results: [CommandResult] = []
        try store.stateMachine.apply(
            try store.log.entries(in: LogRange(LogIndex(1), LogIndex(3)), bytesMax: .max), results: &results)
        try store.close()
        let log = try #require(disk.paths.last { $0.hasSuffix(".log") })
        disk.truncate(log, to: try #require(disk.content(of: log)).count - 1)

        #expect(try refusal(disk).code == .lostData)
    }
}
