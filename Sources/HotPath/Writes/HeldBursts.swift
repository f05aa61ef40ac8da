internal import DequeModule
internal import RaftCore

/// Bursts that found no leader, or that a leader turned away, in the order in which they are tried again.
///
/// Expiry: a burst that no leader has taken `leaderWaitNanoseconds` after its arrival fails with `noLeader`
/// (`takeOverdue`), however often it was tried, its reads as well as its writes.
struct HeldBursts {
    private struct Held {
        var burst: Burst
        /// Not tried again before this, so that two nodes do not bounce it between them.
        var notBefore: Instant
        var arrivedAt: Instant
    }

    private var bursts: Deque<Held> = []
    private let leaderWaitNanoseconds: UInt64
    private let retryNanoseconds: UInt64

    init(leaderWaitNanoseconds: UInt64, retryNanoseconds: UInt64) {
        self.leaderWaitNanoseconds = leaderWaitNanoseconds
        self.retryNanoseconds = retryNanoseconds
    }

    var isEmpty: Bool { bursts.isEmpty }

    /// Something waits for its next try or for its deadline.
    var needsClock: Bool { !bursts.isEmpty }

    /// Keeps a burst that found no leader: it is tried again as soon as there is one.
    mutating func append(_ burst: Burst, arrivedAt: Instant, now: Instant) {
        bursts.append(Held(burst: burst, notBefore: now, arrivedAt: arrivedAt))
    }

    /// Keeps a burst that must not be tried again at once.
    mutating func appendForRetry(_ burst: Burst, arrivedAt: Instant, now: Instant) {
        let notBefore = now.advanced(byNanoseconds: retryNanoseconds)
        bursts.append(Held(burst: burst, notBefore: notBefore, arrivedAt: arrivedAt))
    }

    /// Takes out what may be tried now, for a leader that can be reached. Not what is overdue.
    mutating func takeDue(now: Instant) -> [(burst: Burst, arrivedAt: Instant)] {
        guard !bursts.isEmpty else { return [] }
        let wait = leaderWaitNanoseconds
        var due: [(burst: Burst, arrivedAt: Instant)] = []
        bursts.removeAll { held in
            guard held.notBefore <= now, now.nanoseconds(since: held.arrivedAt) < wait else { return false }
            due.append((held.burst, held.arrivedAt))
            return true
        }
        return due
    }

    /// Takes out what must fail now: the bursts past their deadline, or all of them.
    mutating func takeOverdue(now: Instant, all: Bool) -> [Burst] {
        guard !bursts.isEmpty else { return [] }
        let wait = leaderWaitNanoseconds
        var overdue: [Burst] = []
        bursts.removeAll { held in
            guard all || now.nanoseconds(since: held.arrivedAt) >= wait else { return false }
            overdue.append(held.burst)
            return true
        }
        return overdue
    }
}
