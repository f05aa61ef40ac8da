internal import Glibc

/// How fast compactions and the files of tables in memory are written. Without a limit both take all that the disk and
/// a processor give, compactions for seconds, and the log of this node, or of others on the same machine, waits for
/// both; then nothing happens until the next one. With these limits they write all the time, as fast as the work comes
/// in. Compactions:
///
/// ```
/// files at level 0    0 ……… 16   22   28   34   40
/// speed / incoming    1       1    2    4    8   16     at least `compactionSpeedMin` in place of the incoming
/// ```
///
/// Each byte that comes in is written again once or twice, so the number of files settles a little above 16. While a
/// large compaction is under way more files gather, and the speed rises with their number.
struct WritePace {
    /// Bytes in a second. With much less, what little a node at rest has to merge would take hours.
    static let compactionSpeedMin = 8 << 20
    /// Bytes in a second. A table takes half a second then.
    static let tableSpeedMin = 32 << 20
    /// No limit in effect. What the limiter has handed out for a twentieth of a second stays for later, too, so this is
    /// not higher.
    static let speedMax = 1 << 30

    /// From this number of files on RocksDB compacts. It begins to count at the same number here.
    private let trigger: Int
    /// The bytes that have come in, each halved after each `halfLife`.
    private var recentBytes = 0.0
    private var last = 0.0

    private static let halfLife = 10.0
    private static let filesPerDoubling = 6.0

    init(trigger: Int) { self.trigger = trigger }

    /// A table of this size has entered, at `now` in seconds, which never fall.
    mutating func enter(_ bytes: Int, now: Double) {
        recentBytes = recentBytes * exp2((last - now) / Self.halfLife) + Double(bytes)
        last = now
    }

    /// At which compactions may write, in bytes in a second, with this number of files at level 0.
    func compactionSpeed(files: Int) -> Int {
        let doublings = Double(max(files - trigger, 0)) / Self.filesPerDoubling
        let wanted = max(incoming, Double(Self.compactionSpeedMin)) * exp2(min(doublings, 40))
        return Int(min(wanted, Double(Self.speedMax)))
    }

    /// At which the file of a table may be written, in bytes in a second, while no other table waits.
    var tableSpeed: Int { Int(min(max(2 * incoming, Double(Self.tableSpeedMin)), Double(Self.speedMax))) }

    /// Bytes that come in steadily add up to this much for each second: the sum of 0.5^(age / halfLife).
    private var incoming: Double { recentBytes * log(2) / Self.halfLife }
}
