internal import RaftCore

/// Linearizable reads that share one confirmation (thesis 6.4).
struct ReadBatch {
    enum Origin {
        /// Users of this node, whose reads arrived at this time.
        case local([RequestTag], arrivedAt: Instant)
        /// A follower that asked for an index.
        case peer(NodeID, id: UInt64)
        /// The control plane, which wants to know the configuration.
        case control((Replica.ConfirmedConfiguration) -> Void)
    }

    let origin: Origin
    /// Names the batch towards the core, or towards the leader that was asked.
    let id: UInt64
    /// The leader that was asked; nil if the batch is with this node's own core. Only reads of users go to another
    /// node.
    let leader: NodeID?
    let askedAt: Instant
    /// Nobody waits for it after this.
    let deadline: Instant

    func isAsked(by node: NodeID) -> Bool {
        guard case .peer(let peer, _) = origin else { return false }
        return peer == node
    }
}
