internal import HotPath
internal import NIOCore
internal import RaftCore
internal import Storage

/// The snapshots that a process offers, and the one that it fetches: what a crash takes away of them.
struct SimulatedSnapshots {
    struct Offer {
        let id: UInt64
        let member: NodeID
        /// The last entry of one that is shared is not before this one.
        let oldest: LogIndex
        /// Nil until it is made.
        var snapshot: StoredSnapshot?
    }

    struct Fetch {
        let id: UInt64
        let lastIncluded: LogID
        let leader: NodeID
        /// Nil until the first chunk is due.
        var intake: SnapshotIntake?
        /// Nil before the first chunk, and after a connection broke.
        var reader: SnapshotReader?
        /// Of the process that `reader` reads from.
        var life: UInt32 = 0
        /// As it was sent.
        var lastChunk: ByteBuffer?
        /// How often in a row nothing came.
        var failures = 0
    }

    var offers: [Offer] = []
    var isMaking = false
    var fetch: Fetch?
    /// What the log that a snapshot has replaced stands for from then on, until the replica has taken note of it.
    var installed: (lastIncluded: LogID, entries: [Entry])?

    /// The snapshot that a member is offered.
    func offer(to member: NodeID, through lastIncluded: LogID) -> (id: UInt64, snapshot: StoredSnapshot)? {
        for offer in offers where offer.member == member {
            if let snapshot = offer.snapshot, snapshot.lastIncluded == lastIncluded { return (offer.id, snapshot) }
        }
        return nil
    }
}
