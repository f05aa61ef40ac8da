/// When a server that hears from no leader campaigns.
///
/// §5.2: "Raft uses randomized election timeouts to ensure that split votes are rare and that they are resolved
/// quickly." The draws come from a seeded generator, so that a run can be repeated.
struct ElectionTimer: Sendable {
    private(set) var deadline: Instant
    private var timeoutNanoseconds: UInt64
    private var random: SplitMix64

    init(seed: UInt64, minNanoseconds: UInt64, now: Instant) {
        random = SplitMix64(seed: seed)
        timeoutNanoseconds = minNanoseconds
        deadline = now
        draw(minNanoseconds: minNanoseconds)
        restart(at: now)
    }

    /// Draws a new timeout, uniform in `[min, 2 × min)`, for the next `restart`.
    mutating func draw(minNanoseconds: UInt64) {
        let spread = max(minNanoseconds, 1)
        timeoutNanoseconds = minNanoseconds + random.next() % spread
    }

    mutating func restart(at now: Instant) {
        deadline = now.advanced(byNanoseconds: timeoutNanoseconds)
    }

    /// Makes the timer run out at `now`.
    mutating func expire(at now: Instant) { deadline = now }

    /// Restarts the timer but never postpones it.
    mutating func shorten(at now: Instant) {
        deadline = min(deadline, now.advanced(byNanoseconds: timeoutNanoseconds))
    }
}
