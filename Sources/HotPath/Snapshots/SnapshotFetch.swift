internal import RaftCore

/// The snapshot that is to replace this follower's log and state, from the leader's announcement until it has done so.
///
/// ```
/// begin ──fetched──► whole on disk ──everything is applied──► handed to the log thread ──installed──► end
/// ```
///
/// Expiry: the port gives a fetch up that makes no progress; and it is given up when its leader is followed no more, as
/// long as the log thread has not got it.
struct SnapshotFetch {
    enum Stage {
        case fetching
        /// It waits until what was handed to the apply thread is applied.
        case whole(any FetchedSnapshot)
        /// The log thread has it.
        case installing
    }

    let id: UInt64
    /// Who announced it; nil if that was no leader any more at the end of the turn.
    let leader: NodeID?
    let request: InstallSnapshotRequest
    private(set) var stage = Stage.fetching

    init(_ request: InstallSnapshotRequest, from leader: NodeID?, id: UInt64) {
        self.id = id
        self.leader = leader
        self.request = request
    }

    var isInstalling: Bool {
        if case .installing = stage { true } else { false }
    }

    /// It is whole. False if it was already.
    mutating func didFetch(_ snapshot: any FetchedSnapshot) -> Bool {
        guard case .fetching = stage else { return false }
        stage = .whole(snapshot)
        return true
    }

    /// Takes out the snapshot to install it; nil if it is not whole, or was taken before.
    mutating func takeWhole() -> (any FetchedSnapshot)? {
        guard case .whole(let snapshot) = stage else { return nil }
        stage = .installing
        return snapshot
    }
}
