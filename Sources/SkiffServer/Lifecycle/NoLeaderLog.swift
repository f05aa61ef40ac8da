internal import HotPath
internal import RaftCore

/// Decides when the log says that this node has no leader: once that has lasted for a moment, because a failover is
/// over before; again when the reason becomes another one; and again with growing pauses, so that whoever looks at the
/// log hours later still finds the reason in it.
struct NoLeaderLog {
    private struct Absence {
        var why: WhyNoLeader
        let start: Instant
        var nextLine: Instant
        var pauseNanoseconds: UInt64
    }

    private static let patienceNanoseconds: UInt64 = 2_000_000_000
    private static let pauseNanosecondsMax: UInt64 = 60_000_000_000

    private var absence: Absence?

    /// Returns the line that is to be logged now, if there is one. `why` is nil while there is a leader.
    mutating func note(_ why: WhyNoLeader?, now: Instant) -> String? {
        guard let why else {
            absence = nil
            return nil
        }
        guard var current = absence, current.why.isAlike(why) else {
            absence = Absence(
                why: why, start: absence?.start ?? now,
                nextLine: now.advanced(byNanoseconds: Self.patienceNanoseconds),
                pauseNanoseconds: Self.patienceNanoseconds)
            return nil
        }
        guard current.nextLine <= now else { return nil }
        current.why = why
        current.pauseNanoseconds = min(2 * current.pauseNanoseconds, Self.pauseNanosecondsMax)
        current.nextLine = now.advanced(byNanoseconds: current.pauseNanoseconds)
        absence = current
        let seconds = now.nanoseconds(since: current.start) / 1_000_000_000
        return "has had no leader for \(seconds) s: \(why); \(why.advice)"
    }
}
