import Glibc
import HotPath
import RaftCore
import RocksDB
import Synchronization
import Testing

@testable import Storage

@Suite("A flush of the key-value data while the disk stands still")
struct FlushTests {
    let directory = TestDirectory()
    let disk = HeldDestination()
    private let database: StoreDatabase
    private let data: KeyValueStore

    init() throws {
        TestDirectory.makeDirectory(directory.node)
        database = try StoreDatabase(path: directory.node, options: .small, creating: true)
        data = try KeyValueStore(database, .small, StoreFacts(), to: disk)
    }

    /// A thread that flushes, and whether it has.
    private final class Flush: Sendable {
        private let done = Atomic<Bool>(false)
        private let failed = Atomic<Bool>(false)

        var isDone: Bool { done.load(ordering: .acquiring) }
        var hasFailed: Bool { failed.load(ordering: .acquiring) }

        func end(failed hasFailed: Bool) {
            failed.store(hasFailed, ordering: .releasing)
            done.store(true, ordering: .releasing)
        }
    }

    private func flushing(_ data: KeyValueStore) -> (thread: DedicatedThread, flush: Flush) {
        let flush = Flush()
        let thread = DedicatedThread(name: "flush") {
            do throws(StoreFailure) {
                try data.flush()
                flush.end(failed: false)
            } catch {
                flush.end(failed: true)
            }
        }
        return (thread, flush)
    }

    private func close() {
        disk.letThrough(100)
        data.close()
        database.engine.close()
    }

    @Test("does not keep the apply thread waiting")
    func applyGoesOn() throws {
        defer { close() }
        _ = try data.apply(.commands(index: 1, [.put("a", "1")]))

        let (thread, flush) = flushing(data)
        disk.waitForTables(1)
        // If the flush held the apply thread up, this would never return.
        _ = try data.apply(.commands(index: 2, [.put("a", "2"), .put("b", "2")]))

        #expect(data.appliedIndex == LogIndex(2))
        #expect(try data.value("a") == "2")
        #expect(!flush.isDone)
        disk.letThrough(1)
        thread.join()
        #expect(!flush.hasFailed)
    }

    @Test("hurries as long as another table waits, or somebody does")
    func hurry() throws {
        defer { close() }
        var index: UInt64 = 0
        func fill(until isFull: () -> Bool) throws {
            while !isFull() {
                index += 1
                _ = try data.apply(.commands(index: index, [.put("a", String(repeating: "v", count: 10_000))]))
            }
        }
        try fill { disk.hurryChanges == [false] }
        try fill { disk.hurryChanges == [false, true] }

        disk.letThrough(1)
        disk.waitForTables(2)
        #expect(disk.hurryChanges == [false, true, false])
        let (thread, _) = flushing(data)
        while disk.hurryChanges.count < 4 { sched_yield() }
        disk.letThrough(2)
        thread.join()
        #expect(disk.hurryChanges == [false, true, false, true])
    }

    @Test("ends with what was applied before it, and not with what came later")
    func endsInTime() throws {
        defer { close() }
        _ = try data.apply(.commands(index: 1, [.put("a", "1")]))
        let first = flushing(data)
        disk.waitForTables(1)
        _ = try data.apply(.commands(index: 2, [.put("a", "2")]))
        let second = flushing(data)
        disk.letThrough(1)
        disk.waitForTables(2)

        // The second table never gets through, and the first flush ends all the same.
        first.thread.join()

        #expect(!first.flush.hasFailed)
        #expect(!second.flush.isDone)
        disk.letThrough(1)
        second.thread.join()
        #expect(!second.flush.hasFailed)
    }

    @Test("waits for room without the lock of the apply thread when the disk owes too many tables")
    func noRoom() throws {
        defer { close() }
        let stack = MemTableStack(
            tableBytes: 0, flusher: MemTableFlusher(to: disk), behind: AppliedRecord(), over: AbsentFamily())
        for revision in 1..<UInt64(MemTableStack.countMax) {
            stack.active.applied.revision = revision
            #expect(try stack.rotate() != nil)
        }
        stack.active.applied.revision = UInt64(MemTableStack.countMax)

        #expect(try stack.rotate() == nil)
        disk.letThrough(1)
        try stack.waitForRoom()
        #expect(try stack.rotate() != nil)

        disk.letThrough(100)
        stack.close()
    }
}
