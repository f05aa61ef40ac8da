package import NIOCore
package import RaftCore

/// The snapshot that a follower asks its leader for, and the place from which it wants it.
package struct SnapshotRequest: Hashable, Sendable {
    /// The last entry whose effect the snapshot contains, as the leader has announced it.
    package var lastIncluded: LogID
    /// The snapshot that was begun; nil for any of that entry.
    package var id: SnapshotID?
    /// Where to continue, in the words of the stores; empty for the beginning. With an id only, because a position
    /// means nothing in another snapshot.
    package var position: ByteBuffer

    /// Preconditions: `lastIncluded` is an entry, a position has an id and at most `SnapshotTransfer.positionBytesMax`.
    package init(lastIncluded: LogID, id: SnapshotID? = nil, position: ByteBuffer = ByteBuffer()) {
        precondition(Self.isEntry(lastIncluded), "no snapshot ends at \(lastIncluded)")
        precondition(id != nil || position.readableBytes == 0, "a position is asked for in any snapshot")
        precondition(position.readableBytes <= SnapshotTransfer.positionBytesMax, "a position is too long for a peer")
        self.lastIncluded = lastIncluded
        self.id = id
        self.position = position
    }

    static func isEntry(_ id: LogID) -> Bool {
        let (index, term) = (id.index, id.term)
        return index > .zero && index < .limit && term > .zero && term < .limit
    }
}
