package import Storage

extension StorageOptions {
    /// Options with which a store does the same in every run: tables in memory of exactly this size, and no look at the
    /// clock of the machine.
    package static func simulated(tableBytes: Int) -> StorageOptions {
        var options = StorageOptions()
        options.memTableBytesExactly = tableBytes
        options.slowLookUpNanoseconds = .max
        // So that a snapshot is more than one of them.
        options.snapshotFileBytes = tableBytes / 8
        // Or else a start would read the whole of these short logs.
        options.logTailBytesExactly = tableBytes / 16
        return options
    }
}
