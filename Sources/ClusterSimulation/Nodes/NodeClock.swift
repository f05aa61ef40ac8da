internal import RaftCore

/// How one process sees time: its monotonic clock begins anywhere, and is a little too fast or too slow.
struct NodeClock {
    private let origin: UInt64
    private let partsPerMillion: Int64

    init(origin: UInt64, partsPerMillion: Int64) {
        self.origin = origin
        self.partsPerMillion = partsPerMillion
    }

    /// What the clock shows at a time of the simulation.
    func reading(at time: UInt64) -> Instant {
        Instant(nanoseconds: origin &+ UInt64(bitPattern: Int64(time) + Int64(time) / 1_000_000 * partsPerMillion))
    }

    /// The first time after `now` at which the clock shows `deadline` or more.
    func time(of deadline: Instant, now: UInt64) -> UInt64 {
        let rest = deadline.nanoseconds(since: reading(at: now))
        return now + rest * 1_000_000 / UInt64(1_000_000 + partsPerMillion) + 1_000
    }
}
