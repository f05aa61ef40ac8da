internal import HotPath
internal import RaftCore

/// Decides when the log says that this node has no leader: once that has lasted for a moment, because a failover is
/// over before; again when the reason becomes another one; and again with growing pauses, so that whoever looks at the
/// log hours later still finds the reason in it.
///
/// A node that is no member does not miss a leader: how long it has known that it is none is counted from then on.
struct NoLeaderLog {
    private struct Absence {
        var why: WhyNoLeader
        /// Since when the node misses a leader, or is no member.
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
            let start = absence.flatMap { $0.why.isOfMember && why.isOfMember ? $0.start : nil } ?? now
            absence = Absence(
                why: why, start: start,
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
        return switch why {
        case .notJoined: "has waited for \(seconds) s to be taken into a cluster: \(why.advice)"
        case .removed:
            "was removed from its cluster, as it has known for \(seconds) s, and serves nothing: \(why.advice)"
        case .noQuorum, .election: "has had no leader for \(seconds) s: \(why); \(why.advice)"
        }
    }
}

extension WhyNoLeader {
    /// A member misses the leader that it could have.
    fileprivate var isOfMember: Bool {
        switch self {
        case .noQuorum, .election: true
        case .notJoined, .removed: false
        }
    }
}
