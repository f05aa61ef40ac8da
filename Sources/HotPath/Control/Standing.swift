internal import RaftCore

/// What a replica knows of its own standing from one turn to the next, as far as the core does not keep it.
///
/// Expiry: ends with the history of the node (`Replica.restart`).
struct Standing {
    /// The state machine holds everything that was committed before this node started.
    var hasCaughtUp = false
    /// When the details of the status are published next.
    var statusDetailsDue = Instant(nanoseconds: 0)
}
