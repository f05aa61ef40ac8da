internal import Glibc

/// The time since it was made.
struct Stopwatch {
    private let clock = ContinuousClock()
    private let start = ContinuousClock().now

    var seconds: Double {
        let time = start.duration(to: clock.now).components
        return Double(time.seconds) + Double(time.attoseconds) / 1e18
    }

    /// Lets the thread rest, while others work.
    func pause(seconds: Int) { usleep(UInt32(seconds) * 1_000_000) }
}
