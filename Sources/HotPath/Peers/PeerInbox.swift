internal import RaftCore

/// All that the links reported since the last turn.
///
/// Expiry: lives for one turn. While the replica is frozen each turn drops the messages, as if they were lost on the
/// way; closed links are kept until the core may be stepped again.
struct PeerInbox {
    /// In the order of arrival.
    private(set) var messages: [(from: NodeID, message: PeerMessage)] = []
    /// Peers whose link closed, or that refused one.
    private(set) var unreachable: [NodeID] = []

    mutating func append(_ message: PeerMessage, from peer: NodeID) { messages.append((peer, message)) }

    mutating func appendUnreachable(_ peer: NodeID) { unreachable.append(peer) }

    /// Forgets the messages but keeps their storage.
    mutating func removeMessages() { messages.removeAll(keepingCapacity: true) }

    mutating func removeUnreachable() { unreachable.removeAll(keepingCapacity: true) }
}
