package import RaftCore

/// A node's store as far as followers get snapshots of it. Called on the transport's loop, where nothing may block.
package protocol SnapshotSource: AnyObject {
    /// The follower `peer`, a member, asks for a snapshot. `answer` must be called on the loop, exactly once, within
    /// the call or later; a follower that is gone by then is no error. A request with an id is about that snapshot and
    /// no other. Two followers may share one. At most `TransportLimits.snapshotUploadsMax` are open at once.
    func openSnapshot(
        _ request: SnapshotRequest, for peer: NodeID, answer: @escaping (SnapshotOpening) -> Void)
}

/// The answer to a follower that asks for a snapshot.
package enum SnapshotOpening {
    /// It begins after the position that was asked for.
    case open(any OpenSnapshot)
    case refused(SnapshotRefusal)
}
