import Glibc
import HotPath
import KeyValue
import RaftCore
import RocksDB
import Testing

@testable import Storage

@Suite("The files of a log that is cut off at its beginning")
struct LogCycleTests {
    let directory = TestDirectory()

    private static let entryBytes = 4_096

    private var options: StorageOptions {
        var options = StorageOptions.small
        options.memTableFill = 1
        options.cutsLog = true
        return options
    }

    /// Name and size of the table files of the log, and the size of the write-ahead log.
    private func files() throws -> (tables: [String: Int], writeAheadLog: Int) {
        let content = directory.content.mapValues(\.count)
        let listed = try DirectoryInspection(directory.node).listedFiles()
        var tables: [String: Int] = [:]
        for file in listed where file.meaning.contains("raft_log") { tables[file.name] = content[file.name] ?? 0 }
        let logs = content.filter { $0.key.hasPrefix("db/") && $0.key.hasSuffix(".log") }
        return (tables, logs.values.reduce(0, +))
    }

    @Test("After forty memtables of writes, the disk has a few of them, and most entries were never in a table file")
    func cycles() throws {
        let store = try NodeStore.open(directory: directory.node, nodeID: "node1", options: options)
        try store.bootstrap(
            clusterID: testCluster, instance: testInstance, configurationEntry: .configuration(index: 1),
            hardState: HardState(currentTerm: Term(1)))
        _ = try store.stateMachine.apply(.configuration(index: 1))
        let memTableBytes = options.logMemTableBytes
        let settings = CompactionSettings(logMemTableBytes: memTableBytes)
        let value = String(repeating: "v", count: Self.entryBytes)
        let perCycle = UInt64(memTableBytes / 4 * 3 / Self.entryBytes)
        let tail = UInt64(settings.tailBytes / Self.entryBytes)
        var last: UInt64 = 1
        var written: [String: Int] = [:]
        var most = (tables: 0, writeAheadLog: 0)
        for _ in 0..<54 {
            for _ in 0..<(perCycle / 16) {
                let entries = (last + 1...last + 16).map { Entry.put(index: $0, value) }
                try store.log.append([.write(entries)])
                var results: [CommandResult] = []
                try store.stateMachine.apply(entries, results: &results)
                last += 16
            }
            most.writeAheadLog = max(most.writeAheadLog, try files().writeAheadLog)
            let wanted = LogIndex(last - tail)
            #expect(try store.stateMachine.persist(through: wanted) >= wanted)
            let point = CompactionPoint(
                lastIncluded: LogID(index: wanted, term: Term(1)), configuration: testConfiguration)
            try store.log.append([.compaction(through: point)])
            try store.log.releaseFiles()
            var now = try files()
            // RocksDB deletes them on a thread of its own, of whose work there is no notice.
            let deadline = ContinuousClock.now + .seconds(60)
            while now.writeAheadLog >= 65_536, ContinuousClock.now < deadline {
                sched_yield()
                now = try files()
            }
            written.merge(now.tables) { $1 }
            most.tables = max(most.tables, now.tables.values.reduce(0, +))
            // Nothing of before the flush is left.
            #expect(now.writeAheadLog < 65_536)
        }
        // An eighth of a memtable stays of each three quarters.
        #expect(written.count >= 54 && written.values.reduce(0, +) < Int(last) * Self.entryBytes / 5)
        #expect(most.writeAheadLog < 2 * memTableBytes)
        #expect(most.tables < 3 * memTableBytes)
        try store.close()
    }

    @Test("Once entries that were kept for long are cut off, the files that were made of them meanwhile are gone")
    func kept() throws {
        var store = try NodeStore.open(directory: directory.node, nodeID: "node1", options: options)
        try store.bootstrap(
            clusterID: testCluster, instance: testInstance, configurationEntry: .configuration(index: 1),
            hardState: HardState(currentTerm: Term(1)))
        _ = try store.stateMachine.apply(.configuration(index: 1))
        let value = String(repeating: "v", count: 65_536)
        var last: UInt64 = 1
        // Compactions need files, and take them in the background.
        let deadline = ContinuousClock.now + .seconds(60)
        var tables = 0
        repeat {
            for _ in 0..<16 {
                last += 1
                let entry = Entry.put(index: last, value)
                try store.log.append([.write([entry])])
                _ = try store.stateMachine.apply(entry)
            }
            tables = try files().tables.values.reduce(0, +)
        } while try (store.engine.require(.log).number(.filesAtLevel0) > 4 || tables < 10 << 20)
            && ContinuousClock.now < deadline
        #expect(tables >= 10 << 20)

        let wanted = LogIndex(last - 1)
        #expect(try store.stateMachine.persist(through: wanted) >= wanted)
        let point = CompactionPoint(
            lastIncluded: LogID(index: wanted, term: Term(1)), configuration: testConfiguration)
        try store.log.append([.compaction(through: point)])
        // Another one's entries would be in its files.
        try store.log.removeFiles(through: LogIndex(last + 1_000))
        #expect(try files().tables.values.reduce(0, +) >= 10 << 20)
        try store.log.removeFiles(through: wanted)
        while try files().tables.values.reduce(0, +) > 6 << 20, ContinuousClock.now < deadline { sched_yield() }
        #expect(try files().tables.values.reduce(0, +) <= 6 << 20)

        try store.close()
        store = try NodeStore.open(directory: directory.node, nodeID: "node1", options: options)
        let recovered = try store.recover()
        #expect(recovered.compacted.index == wanted && recovered.last.index == LogIndex(last))
        try store.close()
    }

    @Test("Files that cannot be released are an error that loses nothing")
    func failures() async {
        await #expect(processExitsWith: .success) {
            let directory = TestDirectory()
            let store = try NodeStore.bootstrapped(directory)
            let entries = (2...9 as ClosedRange<UInt64>).map { Entry.put(index: $0) }
            try store.log.append([.write(entries)])
            _ = try store.stateMachine.apply(.configuration(index: 1), entries[0], entries[1], entries[2])
            #expect(try store.stateMachine.persist(through: LogIndex(4)) == LogIndex(4))
            let cut = LogID(index: LogIndex(3), term: Term(1))
            try store.log.append([
                .compaction(through: CompactionPoint(lastIncluded: cut, configuration: testConfiguration))
            ])

            let fileSizes = limitFileSizes(toBytes: 0)
            #expect(throws: StoreFailure.self) { try store.log.releaseFiles() }
            fileSizes.lift()

            let recovered = try NodeStore.open(directory.crashImage()).recover()
            #expect(recovered.compacted == cut && recovered.last.index == LogIndex(9))
            #expect(recovered.applied == LogIndex(4))
        }
    }

    @Test("Data that are durable already are not written again")
    func persisted() throws {
        let store = try NodeStore.bootstrapped(directory)
        _ = try store.stateMachine.apply(.configuration(index: 1), .put(index: 2))
        #expect(try store.stateMachine.persist(through: LogIndex(2)) == LogIndex(2))
        _ = try store.stateMachine.apply(.put(index: 3))

        #expect(try store.stateMachine.persist(through: LogIndex(2)) == LogIndex(2))
        #expect(try store.stateMachine.persist(through: LogIndex(3)) == LogIndex(3))
        try store.close()
    }
}
