internal import NIOConcurrencyHelpers
internal import RocksDB

/// Keeps compactions and table files of a database at the speed of its `WritePace`. Any thread.
final class WritePacer: Sendable {
    /// What a limiter lets pass at first it hands out later as well, so it begins slowly.
    let compactions: SpeedLimit
    let tables: SpeedLimit
    private let pace: NIOLockedValueBox<WritePace>
    private let start = ContinuousClock.now

    init(trigger: Int) throws(RocksDBError) {
        compactions = try SpeedLimit(bytesPerSecond: WritePace.compactionSpeedMin)
        tables = try SpeedLimit(bytesPerSecond: WritePace.tableSpeedMin)
        pace = NIOLockedValueBox(WritePace(trigger: trigger))
    }

    /// A table file of this size is about to enter the database.
    func wrote(bytes: Int) {
        let now = (ContinuousClock.now - start) / .seconds(1)
        pace.withLockedValue { $0.enter(bytes, now: now) }
    }

    /// Level 0 has this many: to be called when a table has entered, and when a database is opened, which may have more
    /// than let a table enter.
    func found(filesAtLevel0 files: Int) {
        compactions.set(bytesPerSecond: pace.withLockedValue { $0.compactionSpeed(files: files) })
    }

    /// Whether table files are written as fast as the disk from now on.
    func hurryTables(_ isHurrying: Bool) {
        tables.set(bytesPerSecond: isHurrying ? WritePace.speedMax : pace.withLockedValue(\.tableSpeed))
    }
}
