/// When the beginning of the log is cut off, and how much of its end stays (`LogCompaction`).
package struct CompactionSettings: Hashable, Sendable {
    /// The log is cut off once this much was added to it since the last time, in bytes, and a table of the data has
    /// become durable: then no data have to be written for it …
    package var easyBytes: Int
    /// … once this much was added, whether one has or not …
    package var intervalBytes: Int
    /// … and after this time, if anything was added at all.
    package var intervalNanoseconds: UInt64 = 600_000_000_000
    /// After a failure nothing is tried for this time.
    package var retryNanoseconds: UInt64 = 10_000_000_000
    /// This much of the end of the log stays in any case, in bytes: for followers that reconnect.
    package var tailBytes: Int
    /// A member is served from the log while it lacks no more than this, or no more than the data have. Beyond, a
    /// snapshot is the shorter way (`LogRetention`).
    package var laggingBytesMax = 256 << 20
    /// What a member lacks that does not answer is kept for this time: longer than a node needs to start again.
    package var awayNanoseconds: UInt64 = 300_000_000_000
    /// An entry of before this start counts as this large: nobody has read it.
    package var assumedEntryBytes = 1_024
    /// Nothing is cut off before a committed configuration has this level, because an older release takes a log that
    /// does not begin with entry 1 for one that has lost its beginning.
    package var featureLevelMin: UInt8 = 2

    /// For a log with memtables of this size or up to twice that. The cut comes before the memtable is full, so that
    /// most entries are gone when it becomes a table file, and an entry normally reaches the disk once, in the
    /// write-ahead log. A table of the data is about as large.
    package init(logMemTableBytes: Int) {
        easyBytes = logMemTableBytes / 2
        intervalBytes = logMemTableBytes / 2 * 3
        tailBytes = logMemTableBytes / 8
    }
}
