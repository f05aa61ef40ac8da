internal import RaftCore

/// All that the control plane waits for at a replica, apart from its coming to rest.
struct ControlWaits {
    var calls = ControlCalls()
    var configurations = ConfigurationWaiters()

    /// When one of the two may have something overdue; nil if nobody waits.
    var nextDeadline: Instant? {
        guard let first = calls.nextDeadline, let second = configurations.nextDeadline else {
            return calls.nextDeadline ?? configurations.nextDeadline
        }
        return min(first, second)
    }
}
