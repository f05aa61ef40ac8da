internal import RaftCore

/// What a replica knows of its own standing from one turn to the next, as far as the core does not keep it.
///
/// Expiry: ends with the history of the node (`Replica.restart`).
struct Standing {
    /// The state machine holds everything that was committed before this node started.
    var hasCaughtUp = false
    /// This node was a member of its cluster and is none any more.
    var isRemoved = false
    /// Another cluster takes this node for its member.
    var fence: Fence?
    /// The entry from which on this node takes nothing of its leader.
    var unknownEntry: UnknownEntry?
    /// When the details of the status are published next.
    var statusDetailsDue = Instant(nanoseconds: 0)

    /// Whether the state of this node may be shown.
    var staleReads: StaleReads {
        isRemoved ? .removed : fence != nil ? .fenced : hasCaughtUp ? .served : .notReady
    }

    /// Why no request is taken.
    var refusal: RequestFailure? { isRemoved ? .removed : fence != nil ? .fenced : nil }
}
