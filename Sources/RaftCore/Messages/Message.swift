/// A message from one server's core to another's. Payload bytes of entries travel next to it, outside the core.
package struct Message: Hashable, Sendable {
    package var from: NodeID
    package var to: NodeID
    /// The sender's term. For a pre-vote request the term it would campaign in, one above its own (thesis 9.6).
    package var term: Term
    package var body: Body

    package init(from: NodeID, to: NodeID, term: Term, body: Body) {
        self.from = from
        self.to = to
        self.term = term
        self.body = body
    }

    package enum Body: Hashable, Sendable {
        case requestVoteRequest(RequestVoteRequest)
        case requestVoteResponse(RequestVoteResponse)
        case appendEntriesRequest(AppendEntriesRequest)
        case appendEntriesResponse(AppendEntriesResponse)
        case installSnapshotRequest(InstallSnapshotRequest)
        case installSnapshotResponse(InstallSnapshotResponse)
        /// Thesis 3.10: "it sends a TimeoutNow request to the target server", once the target's log matches `last`.
        case timeoutNow(TimeoutNow)
    }
}
