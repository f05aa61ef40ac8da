internal import RaftCore

/// The constants of the stores of one simulated cluster: small ones, so that each limit is met.
struct StorageSettings {
    /// Size of a table in memory.
    var tableBytes = 4_096
    /// Size of the database's own memtables, of which the log is one.
    var memtableBytes = 1 << 20
    var filesPerCompaction = 12
    /// How many of a thousand look-ups find nothing in memory and need the disk.
    var cacheMissesPerThousand = 200
    /// The longest step of a flush, in nanoseconds.
    var flushStepMax: UInt64 = 20_000_000
    #if MUTANTS
    /// The bug that the stores have; see `RaftSettings.mutant`.
    var mutant: Mutant?
    #endif

    init() {}

    init(drawnFrom draw: inout Draw) {
        tableBytes = 4_096 << draw.below(3)
        memtableBytes = draw.chance(perMille: 500) ? 1 << 20 : 8_192 << draw.below(4)
        filesPerCompaction = draw.within(2...12)
        cacheMissesPerThousand = draw.chance(perMille: 500) ? 0 : draw.below(600)
        flushStepMax = draw.spread(2_000_000...100_000_000)
    }
}
