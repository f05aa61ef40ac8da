internal import DequeModule
internal import RaftCore

/// Bursts that found no leader, or that a leader turned away, in the order in which they are tried again.
///
/// Expiry: a burst that no leader has taken by its deadline fails with `noLeader` (`takeOverdue`). The deadline of
/// writes is set when they arrive and stays the same, however often they are tried; that of reads begins anew with each
/// retry of their ReadIndex.
struct HeldBursts {
    private struct Held {
        var burst: Burst
        /// Not tried again before this, so that two nodes do not bounce it between them.
        var notBefore: Instant
        var deadline: Instant
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

    /// Until when a burst that arrives `now` waits for a leader.
    func deadline(ofArrival now: Instant) -> Instant { now.advanced(byNanoseconds: leaderWaitNanoseconds) }

    /// Keeps a burst that found no leader: it is tried again as soon as there is one.
    mutating func append(_ burst: Burst, deadline: Instant, now: Instant) {
        bursts.append(Held(burst: burst, notBefore: now, deadline: deadline))
    }

    /// Keeps a burst that must not be tried again at once. Without a deadline it counts as arriving now.
    mutating func appendForRetry(_ burst: Burst, deadline: Instant? = nil, now: Instant) {
        let notBefore = now.advanced(byNanoseconds: retryNanoseconds)
        bursts.append(
            Held(burst: burst, notBefore: notBefore, deadline: deadline ?? self.deadline(ofArrival: now)))
    }

    /// Takes out what may be tried now, for a leader that can be reached.
    mutating func takeDue(now: Instant) -> [(burst: Burst, deadline: Instant)] {
        guard !bursts.isEmpty else { return [] }
        var due: [(burst: Burst, deadline: Instant)] = []
        for held in bursts where held.notBefore <= now { due.append((held.burst, held.deadline)) }
        bursts.removeAll { $0.notBefore <= now }
        return due
    }

    /// Takes out what must fail now: the bursts past their deadline, or all of them.
    mutating func takeOverdue(now: Instant, all: Bool) -> [Burst] {
        guard bursts.contains(where: { all || $0.deadline <= now }) else { return [] }
        var overdue: [Burst] = []
        for held in bursts where all || held.deadline <= now { overdue.append(held.burst) }
        bursts.removeAll { all || $0.deadline <= now }
        return overdue
    }
}
