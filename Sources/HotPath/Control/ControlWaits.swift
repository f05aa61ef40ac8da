internal import RaftCore

/// All that the control plane waits for at a replica, apart from its coming to rest, and the comparisons of data, which
/// a leader makes for it and of its own accord.
struct ControlWaits {
    var calls = ControlCalls()
    var configurations = ConfigurationWaiters()
    /// Has deadlines of its own (`ComparisonRounds.nextDeadline`).
    var comparisons = ComparisonRounds()

    /// When one of the first two may have something overdue; nil if nobody waits.
    var nextDeadline: Instant? {
        guard let first = calls.nextDeadline, let second = configurations.nextDeadline else {
            return calls.nextDeadline ?? configurations.nextDeadline
        }
        return min(first, second)
    }
}
