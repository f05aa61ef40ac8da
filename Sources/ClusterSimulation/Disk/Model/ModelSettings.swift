/// How a model database behaves where RocksDB has a choice.
package struct ModelSettings: Sendable {
    /// Memory for the memtable of a family; when it is full, its rows become a table file.
    package var memtableBytes = 1 << 20
    /// Number of files at level 0 from which on they are merged.
    package var filesPerCompaction = 12
    /// Whether compactions take place at once. If not, only `ModelDatabase.compact` merges files.
    package var compactsAtOnce = true
    /// How many of a thousand look-ups that find nothing in the memtable would need the disk.
    package var cacheMissesPerThousand = 0
    /// Of the generator that draws them.
    package var seed: UInt64 = 0

    package init() {}
}
