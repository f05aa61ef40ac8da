internal import RaftCore

/// The end of the first of several waits, or a moment before it: a wait that ends in another way does not move it. So
/// there is always something to set a timer to, and nothing to search before it rings.
struct NextDeadline {
    /// Nil if nothing waits.
    private(set) var instant: Instant?

    mutating func include(_ deadline: Instant) { instant = min(instant ?? deadline, deadline) }

    func isReached(at now: Instant) -> Bool {
        guard let instant else { return false }
        return instant <= now
    }

    /// The caller includes the deadlines of what still waits.
    mutating func reset() { instant = nil }
}
