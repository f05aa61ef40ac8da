/// The state that a server must not forget: "Persistent state on all servers (Updated on stable storage before
/// responding to RPCs)", paper figure 2. One record on disk, never two, so that no crash can separate a vote from its
/// term.
package struct HardState: Hashable, Sendable {
    package var currentTerm: Term
    /// The candidate that received this node's vote in `currentTerm`.
    package var votedFor: NodeID?
    /// Set while the consequences of a loss last.
    package var lostData: LostData?

    package init(currentTerm: Term = .zero, votedFor: NodeID? = nil, lostData: LostData? = nil) {
        self.currentTerm = currentTerm
        self.votedFor = votedFor
        self.lostData = lostData
    }
}
