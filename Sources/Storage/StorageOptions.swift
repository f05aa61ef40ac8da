internal import Glibc
internal import RocksDB

/// How the database of a node is set up. Every option that differs from RocksDB's default is named in this file, with
/// its reason.
package struct StorageOptions: Hashable, Sendable {
    package enum Compression: String, Hashable, Sendable {
        /// LZ4 for the lower levels of the key-value data; none at all if the library was built without it.
        case lz4 = "kLZ4Compression"
        case none = "kNoCompression"
    }

    /// What the store may take, roughly; scales memtables and the block cache. At least `memoryBytesMin`.
    package var memoryBytes = 512 << 20
    package var compression = Compression.lz4
    /// Flushes and compactions that run at the same time.
    package var backgroundJobs = sysconf(Int32(_SC_NPROCESSORS_ONLN)) >= 4 ? 4 : 2

    /// Part of a memtable that is filled before it is flushed, 0.5…1. Nodes of a cluster apply the same entries; with
    /// memtables of one size all of them would load their disks at the same moment, and no majority would be without.
    package var memTableFill = Double.random(in: 0.7...1)

    package static let memoryBytesMin = 16 << 20

    package init() {}

    private var memory: Int { max(memoryBytes, Self.memoryBytesMin) }
}

extension StorageOptions {
    /// `creating` permits RocksDB to make a new database; without it a database whose files are gone is an error and
    /// not an empty store.
    func database(creating: Bool) -> Options {
        [
            "create_if_missing": .init(booleanLiteral: creating),
            "create_missing_column_families": .init(booleanLiteral: creating),
            // A damaged record in the middle of the log stops the start. RocksDB's default would silently drop it and
            // all that follow, which may have been acknowledged.
            "wal_recovery_mode": "kTolerateCorruptedTailRecords",
            "paranoid_checks": true,
            // A safety net: past it RocksDB flushes every family that keeps the oldest file of the log alive.
            "max_total_wal_size": .number(memory),
            "max_background_jobs": .number(backgroundJobs),
            // Spread the writing of table files instead of one burst at their end. The log is synced anyway.
            "bytes_per_sync": 1_048_576,
            "wal_bytes_per_sync": 0,
            // All files stay open. `KeyValueStore.withRecordInMemory` needs it: of a file that is closed RocksDB cannot
            // tell without the disk that a read of the block cache misses, and says that the key exists, with no value.
            "max_open_files": -1,
            // One thread writes the log and one the key-value data: nothing to gain from parallel inserts, and a
            // writer that waits must not spin on a small machine.
            "allow_concurrent_memtable_write": false,
            "enable_write_thread_adaptive_yield": false,
            // Deleting old files of the log is slow on some disks; never do it in a thread that writes.
            "avoid_unnecessary_blocking_io": true,
            // Only the options that are in force. Debian builds the library with assertions, and one of them ends the
            // process when RocksDB's own log cannot be written twice, as on a full disk, before the node has said why
            // it stops.
            "info_log_level": "FATAL_LEVEL",
            "keep_log_file_num": 10,
            "stats_dump_period_sec": 0,
            "stats_persist_period_sec": 0,
        ]
    }

    /// The Raft log: keys only grow, young entries are deleted before they are ever flushed, reads are rare and
    /// sequential.
    var raftLog: Options {
        var options = withoutStalls
        // Larger than a table of the key-value data, whose flush comes first and lets the log go.
        options["write_buffer_size"] = .number(filled(memory / 16))
        options["max_write_buffer_number"] = 3
        // Files of the log follow each other without overlap: a compaction would copy them and gain nothing.
        options["level0_file_num_compaction_trigger"] = 32
        options["compression"] = "kNoCompression"
        options["block_based_table_factory"] = ["block_cache": 8_388_608]
        return options
    }

    var raftMeta: Options {
        var options = withoutStalls
        options["write_buffer_size"] = 1_048_576
        options["compression"] = "kNoCompression"
        return options
    }

    /// The key-value data below the tables in memory. It gets whole files; its own memtable takes nothing but the
    /// removal of a history.
    var keyValue: Options {
        var options = withoutStalls
        options["write_buffer_size"] = 1_048_576
        options["level0_file_num_compaction_trigger"] = 12
        options["level_compaction_dynamic_level_bytes"] = true
        options["compression_per_level"] = .text("kNoCompression:kNoCompression:\(compression.rawValue)")
        options["block_based_table_factory"] = keyValueTable
        return options
    }

    /// The files that tables in memory become: level 0, which is not compressed.
    var tableFile: Options {
        ["compression": "kNoCompression", "block_based_table_factory": keyValueTable]
    }

    private var keyValueTable: Options.Value {
        [
            // Reads of absent keys stay out of the disk.
            "filter_policy": "bloomfilter:10:false",
            "whole_key_filtering": true,
            "block_cache": .number(memory / 8),
        ]
    }

    /// Room of one of the tables in memory (`MemTableStack.countMax`).
    var memTableBytes: Int { filled(min(memory / 32, 1 << 30)) }

    private func filled(_ bytes: Int) -> Int { Int(Double(bytes) * min(max(memTableFill, 0.5), 1)) }

    /// RocksDB stalls all families together: debt of the key-value data would stop the Raft log. The node limits
    /// admission instead.
    private var withoutStalls: Options {
        [
            "level0_slowdown_writes_trigger": 1_000_000,
            "level0_stop_writes_trigger": 1_000_000,
            "soft_pending_compaction_bytes_limit": 0,
            "hard_pending_compaction_bytes_limit": 0,
        ]
    }
}
