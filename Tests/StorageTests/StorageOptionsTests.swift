import RaftCore
import RocksDB
import Testing

@testable import Storage

@Suite("The options of the database")
struct StorageOptionsTests {
    /// The options in force according to RocksDB, by the section of its file.
    private func effectiveOptions(memoryBytes: Int) throws -> [Substring: Set<Substring>] {
        let directory = TestDirectory()
        var options = StorageOptions()
        options.memoryBytes = memoryBytes
        options.memTableFill = 1
        let store = try NodeStore.open(directory: directory.node, nodeID: "node1", options: options)
        let file = try #require(TestDirectory.names(in: "\(directory.node)/db").last { $0.hasPrefix("OPTIONS-") })
        let content = TestDirectory.read("\(directory.node)/db/\(file)")
        try store.close()

        var sections: [Substring: Set<Substring>] = [:]
        var section: Substring = ""
        for line in String(decoding: content, as: UTF8.self).split(separator: "\n") {
            let start = line.firstIndex { $0 != " " } ?? line.endIndex
            if line[start...].hasPrefix("[") {
                section = line
            } else {
                sections[section, default: []].insert(line[start...])
            }
        }
        return sections
    }

    @Test("are in force, and scale with the memory that the node may use", arguments: [64 << 20, 512 << 20])
    func inForce(memoryBytes: Int) throws {
        let sections = try effectiveOptions(memoryBytes: memoryBytes)

        let database = try #require(sections["[DBOptions]"])
        #expect(
            database.isSuperset(of: [
                "wal_recovery_mode=kTolerateCorruptedTailRecords", "paranoid_checks=true",
                "max_total_wal_size=\(memoryBytes)", "enable_write_thread_adaptive_yield=false",
                "avoid_unnecessary_blocking_io=true", "allow_concurrent_memtable_write=false",
                "avoid_flush_during_recovery=false", "track_and_verify_wals_in_manifest=false",
                "manual_wal_flush=false", "atomic_flush=false", "unordered_write=false", "two_write_queues=false",
                "recycle_log_file_num=0", "best_efforts_recovery=false", "verify_sst_unique_id_in_manifest=true",
                "delete_obsolete_files_period_micros=3153600000000000",
            ]))
        let log = try #require(sections["[CFOptions \"raft_log\"]"])
        #expect(log.isSuperset(of: ["write_buffer_size=\(memoryBytes / 16)", "compression=kNoCompression"]))
        let keyValue = try #require(sections["[CFOptions \"kv\"]"])
        #expect(
            keyValue.isSuperset(of: [
                "compaction_style=kCompactionStyleUniversal", "level0_file_num_compaction_trigger=16",
                "compression=kNoCompression", "bottommost_compression=kLZ4Compression",
            ]))
        for family in ["raft_log", "raft_meta", "kv"] {
            let options = try #require(sections["[CFOptions \"\(family)\"]"])
            #expect(
                options.isSuperset(of: [
                    "level0_slowdown_writes_trigger=1000000", "level0_stop_writes_trigger=1000000",
                    "soft_pending_compaction_bytes_limit=0", "hard_pending_compaction_bytes_limit=0",
                ]))
        }
        #expect(
            sections["[TableOptions/BlockBasedTable \"kv\"]"]?.contains("filter_policy=bloomfilter:10:false") == true)
    }

    @Test("flush the key-value data before the log, whose memtable is larger")
    func memtables() {
        var options = StorageOptions()

        options.memTableFill = 1
        #expect(options.raftLog["write_buffer_size"] == .number(32 << 20))
        #expect(options.memTableBytes == 16 << 20)
        options.memTableFill = 0.75
        #expect(options.raftLog["write_buffer_size"] == .number(24 << 20))
        #expect(options.memTableBytes == 12 << 20)
        #expect((0.7...1).contains(StorageOptions().memTableFill))
    }

    @Test("are never below a size that works")
    func leastMemory() {
        var options = StorageOptions()
        options.memoryBytes = 0
        options.memTableFill = 1

        #expect(options.raftLog["write_buffer_size"] == .number(1 << 20))
    }
}
