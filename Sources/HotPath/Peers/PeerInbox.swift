internal import RaftCore

/// All that the links reported since the last turn. What arrived on a link and that it opened or closed is one stream:
/// a message counts for the link that it arrived on, and the end of a link never reaches its successor.
///
/// Expiry: lives for one turn. While the replica is frozen each turn drops the messages, as if they were lost on the
/// way; openings and closings are kept until the core may be stepped again.
struct PeerInbox {
    enum Report {
        case message(PeerMessage)
        case linkOpened
        /// The link closed, or the peer's host refused one.
        case linkClosed
    }

    /// In the order of arrival.
    private(set) var reports: [(from: NodeID, report: Report)] = []

    mutating func append(_ report: Report, from peer: NodeID) { reports.append((peer, report)) }

    /// Forgets everything but keeps the storage.
    mutating func removeAll() { reports.removeAll(keepingCapacity: true) }

    /// Forgets the messages alone.
    mutating func removeMessages() {
        reports.removeAll { if case .message = $0.report { true } else { false } }
    }
}
