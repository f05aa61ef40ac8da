package import RaftCore

/// How far the transfer of a snapshot to or from a peer is. How large the whole of it is, nobody knows before its end:
/// its rows are counted as they are read.
package struct SnapshotProgress: Hashable, Sendable {
    package enum Direction: Hashable, Sendable { case sending, receiving }

    package let direction: Direction
    package let peer: NodeID
    /// The last entry whose effect the snapshot contains.
    package let lastIncluded: LogID
    /// Sent to the socket or taken by the disk; of a sender only over the connection that is open now.
    package var bytes: UInt64 = 0
    package var chunks: UInt64 = 0
    /// How often a receiver has continued after a lost connection.
    package var resumptions = 0
    /// Since it began.
    package var elapsedMilliseconds: UInt64 = 0

    /// On average since it began.
    package var bytesPerSecond: UInt64 { elapsedMilliseconds == 0 ? 0 : bytes * 1_000 / elapsedMilliseconds }

    package init(direction: Direction, peer: NodeID, lastIncluded: LogID) {
        self.direction = direction
        self.peer = peer
        self.lastIncluded = lastIncluded
    }
}
