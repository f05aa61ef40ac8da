/// The end of a control request's time, on the monotonic clock.
struct Deadline: Sendable {
    let instant: ContinuousClock.Instant

    init(_ duration: Duration) { instant = ContinuousClock.now + duration }

    init(milliseconds: Int) { instant = ContinuousClock.now + .milliseconds(max(0, min(milliseconds, 3_600_000))) }

    var remainingMilliseconds: Int {
        let left = instant - ContinuousClock.now
        return max(0, Int(left.components.seconds * 1_000 + left.components.attoseconds / 1_000_000_000_000_000))
    }

    /// Waits a little before another try. False once the time is up, or the task is cancelled.
    func pause() async -> Bool {
        guard ContinuousClock.now < instant else { return false }
        do {
            try await Task.sleep(for: .milliseconds(10))
            return true
        } catch {
            return false
        }
    }
}
