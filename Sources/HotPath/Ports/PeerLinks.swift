package import RaftCore

/// The links to other nodes. Confined to the replica's loop.
///
/// `flush` and `membersChanged` may find that a connection has failed, and while they do its last bytes may arrive. So
/// either may call `Replica.receive`, `linkOpened` and `peerUnreachable` before it returns; `send` never does.
package protocol PeerLinks: AnyObject {
    /// Queues a message; dropped if there is no link, because every protocol above retries or fails by itself.
    func send(_ message: PeerMessage, to peer: NodeID)
    /// Puts everything queued since the last call on the wire: one flush per peer.
    func flush()
    /// Whether a handshake with this peer has completed and its link is open.
    func isLinked(to peer: NodeID) -> Bool
    /// Keeps links to exactly these members (this node excluded), under these addresses. One without an instance has
    /// left, and is only to hear of it.
    func membersChanged(_ members: [Member])
}
