internal import Glibc

/// Spreads long work of a thread over time: it works for a share of the time and sleeps for the rest.
struct WorkPauses {
    private let clock = ContinuousClock()
    private let share: Double
    private var start: ContinuousClock.Instant

    /// Above 0; 1 is no pause at all.
    init(share: Double) {
        self.share = share
        start = clock.now
    }

    /// Sleeps for as long as the work since the last pause asks for. Call after each piece of work of about a
    /// millisecond.
    mutating func pause() {
        guard share < 1 else { return }
        let worked = (clock.now - start) / .microseconds(1)
        // Not longer, whatever the machine was busy with meanwhile: somebody may want the thread to end.
        usleep(UInt32(min(worked * (1 / share - 1), 100_000)))
        start = clock.now
    }
}
