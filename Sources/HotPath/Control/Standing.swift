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
    /// What the applied entries say of members whose data differ.
    var verdicts: [Verdict] = []
    /// Those of them that hold under the configuration in force.
    var alarms: [Verdict] = []
    /// The one that says that the data of this node are wrong.
    var condemning: Verdict?
    /// Why a part of the key-value data of this node cannot be read. Until the node starts again: nobody knows when a
    /// disk is to be trusted again.
    var unreadable: StoreFailure?
    /// As long as it is set a leader hands over when this time has come: not more often, because its successor may be
    /// no better off.
    var handOverDue = Instant(nanoseconds: 0)
    /// When the details of the status are published next.
    var statusDetailsDue = Instant(nanoseconds: 0)

    /// Whether the state of this node may be shown.
    var staleReads: StaleReads {
        if isRemoved { return .removed }
        if fence != nil { return .fenced }
        if isOdd { return .dataDiffer }
        return hasCaughtUp ? .served : .notReady
    }

    /// The data of this node are not those of the majority.
    var isOdd: Bool { condemning != nil }

    /// Why no request is taken.
    var refusal: RequestFailure? { isRemoved ? .removed : fence != nil ? .fenced : isOdd ? .dataDiffer : nil }
}
