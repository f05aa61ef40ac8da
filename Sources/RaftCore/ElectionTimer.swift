/// When a server that hears from no leader campaigns.
///
/// §5.2: "Raft uses randomized election timeouts to ensure that split votes are rare and that they are resolved
/// quickly." The draws come from a seeded generator, so that a run can be repeated.
struct ElectionTimer: Sendable {
    private(set) var deadline: Instant
    private var timeoutNanoseconds: UInt64
    private var state: UInt64

    init(seed: UInt64, minNanoseconds: UInt64, now: Instant) {
        state = seed
        timeoutNanoseconds = minNanoseconds
        deadline = now
        draw(minNanoseconds: minNanoseconds)
        restart(at: now)
    }

    /// Draws a new timeout, uniform in `[min, 2 × min)`, for the next `restart`.
    mutating func draw(minNanoseconds: UInt64) {
        let spread = max(minNanoseconds, 1)
        timeoutNanoseconds = minNanoseconds + next() % spread
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

    /// SplitMix64 (Steele, Lea, Flood: "Fast Splittable Pseudorandom Number Generators", 2014).
    private mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}
