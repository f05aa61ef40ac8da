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
        let worked = (clock.now - start) / .microseconds(1)
        let pause = pause(afterMicroseconds: worked)
        if pause > 0 { usleep(pause) }
        start = clock.now
    }

    /// How long to sleep after work of this time, in microseconds.
    func pause(afterMicroseconds worked: Double) -> UInt32 {
        UInt32(min(max(worked, 0) * (1 / share - 1), Self.pauseMax))
    }

    /// Not longer, whatever the machine was busy with meanwhile: somebody may want the thread to end.
    private static let pauseMax = 100_000.0
}
