internal import RaftCore

/// All that the links reported since the last turn. What arrived on a link and that it opened or closed is one stream:
/// a message counts for the link that it arrived on, and the end of a link never reaches its successor.
///
/// Expiry: a report lives for one turn. While the replica is frozen each turn drops the messages, as if they were lost
/// on the way; openings and closings are kept until the core may be stepped again.
struct PeerInbox {
    enum Report {
        case message(PeerMessage)
        case linkOpened
        /// The link closed, or the peer's host refused one.
        case linkClosed
    }

    /// Entries that arrived in an earlier turn and have no room yet.
    var deferred = DeferredEntries()
    /// In the order of arrival.
    private(set) var reports: [(from: NodeID, report: Report)] = []

    mutating func append(_ report: Report, from peer: NodeID) { reports.append((peer, report)) }

    /// Forgets all reports but keeps their storage.
    mutating func removeReports() { reports.removeAll(keepingCapacity: true) }

    /// Forgets all messages, and no opening or closing of a link.
    mutating func removeMessages() {
        deferred.removeAll()
        reports.removeAll { if case .message = $0.report { true } else { false } }
    }
}
