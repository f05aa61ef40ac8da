import HotPath
import RaftCore
import Synchronization
import Testing

@testable import Storage

@Suite("The reader of an event loop")
struct LoopReaderTests {
    let directory = TestDirectory()

    @Test("sees every change as soon as it is published, in whichever table it is")
    func followsTables() throws {
        let store = try NodeStore.open(directory)
        let data = store.stateMachine
        let reader = data.makeLoopReader()
        #expect(try reader.valueInMemory("a") == nil)

        for index in 1...6 as ClosedRange<UInt64> {
            _ = try data.apply(.commands(index: index, [.put("a", "\(index)"), .put("b\(index)")]))
            #expect(try reader.valueInMemory("a") == "\(index)")
            try data.flush()
            #expect(try reader.valueInMemory("a") == "\(index)")
        }

        _ = try data.apply(.commands(index: 7, [.delete("a")]))
        #expect(try reader.valueInMemory("a") == nil)
        // The last tables are still in memory, although they are in the database as well.
        #expect(try reader.valueInMemory("b6") == "value")
    }

    @Test("sees nothing of a history that is gone")
    func newHistory() throws {
        let store = try NodeStore.open(directory)
        let reader = store.stateMachine.makeLoopReader()
        _ = try store.stateMachine.apply(.commands(index: 1, [.put("a", "old")]))
        #expect(try reader.valueInMemory("a") == "old")

        try store.resetForJoin(clusterID: testCluster, instance: testInstance)

        #expect(try reader.valueInMemory("a") == nil)
        _ = try store.stateMachine.apply(.commands(index: 1, [.put("b", "new")]))
        #expect(try reader.valueInMemory("a") == nil)
        #expect(try reader.valueInMemory("b") == "new")
    }

    @Test("keeps no table that the store has dropped once it has let go")
    func letsGo() throws {
        let disk = HeldDestination()
        disk.letThrough(100)
        let stack = MemTableStack(
            tableBytes: 0, flusher: MemTableFlusher(to: disk), behind: AppliedRecord(), over: AbsentFamily())
        defer { stack.close() }
        var tables = PinnedTables(of: stack)
        weak let first = stack.active
        for revision in 1...UInt64(MemTableStack.countMax) {
            stack.active.applied.revision = revision
            try stack.wait(for: try #require(try stack.rotate()))
        }
        #expect(first != nil)

        tables.renew()

        #expect(first == nil)
    }

    @Test("leaves records that no table has to other threads while a file enters the database")
    func duringIngestion() throws {
        let store = try storeWithFile()
        let data = store.stateMachine
        let reader = data.makeLoopReader()
        #expect(try reader.valueInMemory("old") == "value")

        data.lookUps.ingestionBegins()

        #expect(try reader.recordInMemory("old") == nil)
        #expect(try reader.recordInMemory("absent") == nil)
        #expect(try reader.valueInMemory("new") == "value")
        #expect(try data.value("old") == "value")
        data.lookUps.ingestionEnded()
        #expect(try reader.valueInMemory("old") == "value")
        #expect(try reader.valueInMemory("absent") == nil)
    }

    @Test("leaves them to others after a look-up that took long, until one of those has found RocksDB's lock free")
    func afterSlowLookUp() throws {
        let store = try storeWithFile()
        let data = store.stateMachine
        let reader = data.makeLoopReader()
        #expect(try reader.valueInMemory("old") == "value")

        data.lookUps.lookedUp(since: LookUpGuard.now() - data.lookUps.slowNanoseconds)

        #expect(try reader.recordInMemory("old") == nil)
        #expect(try reader.valueInMemory("new") == "value")
        // This is what the loop does now, on another thread.
        #expect(try data.value("old") == "value")
        #expect(try reader.valueInMemory("old") == "value")
    }

    @Test("goes back to RocksDB only when both reasons are over, and a slow probe is not the end of slowness")
    func reasons() {
        let lookUps = LookUpGuard(slowNanoseconds: 3_600_000_000_000)
        #expect(!lookUps.mayWait && !lookUps.wantsProbe)

        lookUps.lookedUp(since: LookUpGuard.now() - lookUps.slowNanoseconds)
        lookUps.ingestionBegins()
        #expect(lookUps.mayWait && lookUps.wantsProbe)
        lookUps.ingestionEnded()
        #expect(lookUps.mayWait && lookUps.wantsProbe)
        lookUps.probed(since: LookUpGuard.now() - lookUps.slowNanoseconds)
        #expect(lookUps.mayWait)
        lookUps.probed(since: LookUpGuard.now())
        #expect(!lookUps.mayWait && !lookUps.wantsProbe)
    }

    /// `old` is in a file and in the block cache, `new` in a table.
    private func storeWithFile() throws -> NodeStore {
        let store = try NodeStore.open(directory)
        _ = try store.stateMachine.apply(.commands(index: 1, [.put("old")]))
        try store.close()
        let reopened = try NodeStore.open(directory)
        _ = try reopened.stateMachine.apply(.commands(index: 2, [.put("new")]))
        #expect(try reopened.stateMachine.value("old") == "value")
        return reopened
    }

    // MARK: Many threads

    /// What the threads of a test share.
    private final class Shared: Sendable {
        let data: KeyValueStore
        let isOver = Atomic<Bool>(false)
        let mistakes = Atomic<Int>(0)
        let fromMemory = Atomic<Int>(0)

        init(_ data: KeyValueStore) { self.data = data }

        func note(_ isRight: Bool) {
            if !isRight { mistakes.wrappingAdd(1, ordering: .relaxed) }
        }
    }

    @Test("reads whole and current records while tables are filled, written and dropped")
    func stress() throws {
        let store = try NodeStore.open(directory)
        let shared = Shared(store.stateMachine)
        let readers = (0..<3).map { number in
            DedicatedThread(name: "loop") { Self.read(shared, as: number) }
        }
        let flushes = DedicatedThread(name: "flush") {
            while !shared.isOver.load(ordering: .acquiring) {
                do throws(StoreFailure) { try shared.data.flush() } catch { shared.note(false) }
            }
        }

        // A table of the small store holds some hundred of these entries.
        for index in 1...3_000 as ClosedRange<UInt64> {
            let commands = (0..<8).map { TestCommand.put("key\($0)", String(repeating: "\(index) ", count: 40)) }
            _ = try store.stateMachine.apply(.commands(index: index, commands))
        }
        shared.isOver.store(true, ordering: .releasing)
        for reader in readers { reader.join() }
        flushes.join()

        #expect(shared.mistakes.load(ordering: .relaxed) == 0)
        #expect(shared.fromMemory.load(ordering: .relaxed) > 0)
        try store.close()
    }

    /// Each record holds the index of the entry that wrote it. It must not be older than what was applied before the
    /// look-up, nor newer than what is applied after it.
    private static func read(_ shared: Shared, as number: Int) {
        let reader = shared.data.makeLoopReader()
        var place = number
        while !shared.isOver.load(ordering: .acquiring) {
            place = (place + 1) % 8
            let key = "key\(place)"
            let before = shared.data.revision
            do {
                let value: String?
                if let record = try reader.recordInMemory(key) {
                    value = try record.map { try KeyValueStore.value(of: $0) }
                    shared.fromMemory.wrappingAdd(1, ordering: .relaxed)
                } else {
                    value = try shared.data.value(key)
                }
                let words = value?.split(separator: " ") ?? []
                shared.note(words.count == (value == nil ? 0 : 40) && Set(words).count <= 1)
                let written = words.first.flatMap { UInt64($0) } ?? 0
                // Every entry has eight revisions, and the batch becomes visible with the last one.
                shared.note(written >= before / 8 && written <= shared.data.appliedIndex.rawValue)
            } catch {
                shared.note(false)
            }
            if place == number { reader.letGo() }
        }
    }
}
