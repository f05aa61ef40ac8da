internal import Glibc
package import RaftCore
internal import RocksDB

/// How the database of a node is set up. Every option that differs from RocksDB's default is named in this file, with
/// its reason.
package struct StorageOptions: Hashable, Sendable {
    package enum Compression: String, Hashable, Sendable {
        /// LZ4 for the oldest and largest part of the key-value data; none at all if the library was built without it.
        case lz4 = "kLZ4Compression"
        case none = "kNoCompression"
    }

    /// Roughly the memory that the store may use; scales memtables and the block cache. At least `memoryBytesMin`.
    package var memoryBytes = 512 << 20
    package var compression = Compression.lz4
    /// Flushes and compactions that run at the same time.
    /// A third of them flushes, at most one, so that a small compaction need not wait for a large one.
    package var backgroundJobs = sysconf(Int32(_SC_NPROCESSORS_ONLN)) >= 4 ? 4 : 3

    /// The part of a memtable that is filled before it is flushed, 0.5…1. The nodes of a cluster apply the same
    /// entries. With memtables of equal size all nodes would load their disks at the same moment, and no majority would
    /// be free of it.
    package var memTableFill = Double.random(in: 0.7...1)

    /// Size of one table in memory, if not a part of `memoryBytes`.
    package var memTableBytesExactly: Int?

    /// How much of the end of the log a start reads whether it is applied or not, if not as much as may be in no table
    /// file.
    package var logTailBytesExactly: Int?

    /// Whether the beginning of the log is cut off (`CompactionSettings`).
    package var cutsLog = false
    /// Size of a file of a snapshot that is taken in: one is complete once its rows have this many bytes.
    package var snapshotFileBytes = 64 << 20

    /// No look-up in memory takes this long unless it waits for a lock, or the machine has no processor for it.
    package var slowLookUpNanoseconds: Int64 = 10_000_000

    #if MUTANTS
    /// The bug that this store has; see `RaftSettings.mutant`.
    package var mutant: Mutant?
    #endif

    package static let memoryBytesMin = 16 << 20

    package init() {}

    /// Whether a bug is switched on.
    @inline(__always)
    package func has(_ mutant: Mutant) -> Bool {
        #if MUTANTS
        return self.mutant == mutant
        #else
        return false
        #endif
    }

    private var memory: Int { max(memoryBytes, Self.memoryBytesMin) }
}

extension StorageOptions {
    private static let hundredYearsMicroseconds = 100 * 365 * 86_400 * 1_000_000

    /// `creating` permits RocksDB to create a database. Without it, a database whose files are gone is an error and not
    /// an empty store.
    func database(creating: Bool) -> Options {
        [
            "create_if_missing": .init(booleanLiteral: creating),
            "create_missing_column_families": .init(booleanLiteral: creating),
            // A damaged record in the middle of the log stops the start. RocksDB's default would silently drop it and
            // all that follow, which may have been acknowledged.
            "wal_recovery_mode": "kTolerateCorruptedTailRecords",
            // What a start finds it acknowledges again, also a batch that was written and never synced. Such a batch is
            // durable only because RocksDB makes synced table files of the log before anybody can ask for it.
            "avoid_flush_during_recovery": false,
            // It costs the log thread a sync of RocksDB's list of files with each new file of the log. And release 7.8
            // may list a file that is deleted already, when a sync of the log meets the end of a flush, and then refuse
            // to open a database that is whole (mended in 7.10; not seen in 32,000 images of losses of power). The
            // witness says what must be in the log, also in its newest file, which RocksDB would not list.
            "track_and_verify_wals_in_manifest": false,
            // A batch is with the operating system when its write returns, so that only the machine can lose it.
            "manual_wal_flush": false,
            // Batches reach the log in the order of their writes, and one that is there is visible.
            "unordered_write": false,
            "two_write_queues": false,
            // A used file of the log has older records after its end, which recovery must not take for newer ones.
            "recycle_log_file_num": 0,
            // A table file that is missing stops the start. This would take an older state for the newest one.
            "best_efforts_recovery": false,
            // A table file of another database under the right name stops the start (`LostTableFile`).
            "verify_sst_unique_id_in_manifest": true,
            "paranoid_checks": true,
            // A safety net: above it RocksDB flushes every family that still needs the oldest file of the log.
            "max_total_wal_size": .number(memory),
            "max_background_jobs": .number(backgroundJobs),
            // Spread the writing of table files instead of one burst at their end. The log is synced anyway.
            "bytes_per_sync": 1_048_576,
            "wal_bytes_per_sync": 0,
            // All files stay open. `KeyValueStore.withRecordInMemory` needs this: for a closed file RocksDB cannot know
            // without the disk that a read of the block cache misses, and answers that the key exists, without a value.
            "max_open_files": -1,
            // One thread writes the log and one the key-value data: nothing to gain from parallel inserts, and a
            // writer that waits must not spin on a small machine.
            "allow_concurrent_memtable_write": false,
            "enable_write_thread_adaptive_yield": false,
            // Deleting old files of the log is slow on some disks; never do it in a thread that writes.
            "avoid_unnecessary_blocking_io": true,
            // RocksDB lists its directory under the lock that every other call needs, every six hours by default, to
            // find files that it does not know. It does that at each start as well, and after failures.
            "delete_obsolete_files_period_micros": .number(Self.hundredYearsMicroseconds),
            // Nothing but the options in force. Debian builds the library with assertions. One of them ends the process
            // when RocksDB cannot write its own log twice, as on a full disk, before the node has reported why it
            // stops.
            "info_log_level": "FATAL_LEVEL",
            "keep_log_file_num": 10,
            "stats_dump_period_sec": 0,
            "stats_persist_period_sec": 0,
        ]
    }

    /// The most of the log that is in memtables, and so in no table file. Files of the write-ahead log are all that has
    /// it: where one is missing, or ends early, entries are missing here and nowhere else.
    var logTailBytes: Int { logTailBytesExactly ?? Self.logMemTableCountMax * (memory / Self.logTablesInMemory) }

    /// What a node needs on its disk besides that which is there: for files of the write-ahead log, and for two tables
    /// of the key-value data. No more than a tenth of the disk, so that little data fit on a small one.
    func diskReserveBytes(of room: DiskRoom) -> Int { min(logTailBytes + 2 * memTableBytes, room.all / 10) }

    /// Size at which a memtable of the log becomes a table file.
    package var logMemTableBytes: Int { filled(memory / Self.logTablesInMemory) }

    /// The least that `logMemTableBytes` may be, because a part of it is left to chance.
    package var logMemTableBytesMin: Int {
        var least = self
        least.memTableFill = 0
        return least.logMemTableBytes
    }

    private static let logMemTableCountMax = 3
    /// How many of its memtables would make up the memory of the store.
    private static let logTablesInMemory = 16

    /// Options of the Raft log: keys only grow, young entries are deleted before they are ever flushed, and reads are
    /// rare and sequential.
    var raftLog: Options {
        var options = withoutStalls
        // Larger than a table of the key-value data, so that the table is flushed first and frees the log.
        options["write_buffer_size"] = .number(logMemTableBytes)
        options["max_write_buffer_number"] = .number(Self.logMemTableCountMax)
        // The key ranges of the log's files do not overlap: a compaction would copy them and gain nothing. If the log
        // is cut off, nearly all in them is deleted, and only a compaction removes it.
        options["level0_file_num_compaction_trigger"] = cutsLog ? 8 : 32
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

    /// Options of the key-value data on disk. It receives whole files; RocksDB's memtable is used only for the removal
    /// of a history.
    ///
    /// Universal compaction merges runs of about the same size: a byte is written again about twice while millions of
    /// keys grow to gigabytes, where merging from level to level does it five times (figures: `Docs/Decisions`).
    var keyValue: Options {
        var options = withoutStalls
        options["write_buffer_size"] = 1_048_576
        options["compaction_style"] = "kCompactionStyleUniversal"
        options["level0_file_num_compaction_trigger"] = .number(Self.compactionTrigger)
        options["compaction_options_universal"] = [
            "min_merge_width": 4,
            // Everything is merged once what is younger than the oldest run is as large as that: deleted and
            // overwritten records take at most about as much room as those that live, twice that during the merge.
            "max_size_amplification_percent": 100,
            // The files of a snapshot do not overlap: they are moved to the lowest level and not copied.
            "allow_trivial_move": true,
        ]
        options["compression"] = "kNoCompression"
        options["bottommost_compression"] = .text(compression.rawValue)
        options["block_based_table_factory"] = keyValueTable
        return options
    }

    /// The number of runs of key-value data from which on RocksDB merges some. A look-up may have to search all.
    static let compactionTrigger = 16

    /// Options of the files that tables in memory become: level 0, which is not compressed.
    var tableFile: Options {
        ["compression": "kNoCompression", "block_based_table_factory": keyValueTable]
    }

    /// Options of the files that a snapshot becomes. They enter an empty family, so RocksDB puts them at the lowest
    /// level, where they stay until something overwrites them.
    var snapshotFile: Options {
        ["compression": .text(compression.rawValue), "block_based_table_factory": keyValueTable]
    }

    func family(_ name: StoreFamily) -> Options {
        switch name {
        case .log: raftLog
        case .metadata: raftMeta
        case .data: keyValue
        }
    }

    private var keyValueTable: Options.Value {
        [
            // Reads of absent keys need no disk access.
            "filter_policy": "bloomfilter:10:false",
            "whole_key_filtering": true,
            "block_cache": .number(memory / 8),
        ]
    }

    /// Size of one table in memory; there are up to `MemTableStack.countMax`.
    var memTableBytes: Int { memTableBytesExactly ?? filled(min(memory / 32, 1 << 30)) }

    private func filled(_ bytes: Int) -> Int { Int(Double(bytes) * min(max(memTableFill, 0.5), 1)) }

    /// RocksDB stalls all families together, so compaction debt of the key-value data would stop the Raft log. The node
    /// limits admission instead.
    private var withoutStalls: Options {
        [
            "level0_slowdown_writes_trigger": 1_000_000,
            "level0_stop_writes_trigger": 1_000_000,
            "soft_pending_compaction_bytes_limit": 0,
            "hard_pending_compaction_bytes_limit": 0,
        ]
    }
}
