package import RaftCore

/// The monotonic clock and one timer. Confined to the replica's loop.
package protocol Timekeeper: AnyObject {
    var now: Instant { get }
    /// Wakes the replica at `deadline` or a little later. A later call may replace an earlier one.
    func wake(at deadline: Instant)
}
