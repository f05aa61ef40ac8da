internal import NIOConcurrencyHelpers
internal import RocksDB

/// Keeps the speed of a database's compactions at that of its `CompactionPace`. Any thread.
final class CompactionPacer: Sendable {
    /// What a limiter lets pass at first it hands out later as well, so it begins slowly.
    let speed: CompactionSpeed
    private let pace: NIOLockedValueBox<CompactionPace>
    private let start = ContinuousClock.now

    init(trigger: Int) throws(RocksDBError) {
        speed = try CompactionSpeed(bytesPerSecond: CompactionPace.speedMin)
        pace = NIOLockedValueBox(CompactionPace(trigger: trigger))
    }

    /// A table file of this size is about to enter the database.
    func wrote(bytes: Int) {
        let now = (ContinuousClock.now - start) / .seconds(1)
        pace.withLockedValue { $0.enter(bytes, now: now) }
    }

    /// Level 0 has this many: to be called when a table has entered, and when a database is opened, which may have more
    /// than let a table enter.
    func found(filesAtLevel0 files: Int) {
        speed.set(bytesPerSecond: pace.withLockedValue { $0.speed(files: files) })
    }
}
