extension Raft {
    /// Thesis 3.10: "This request has the same effect as the target server's election timer firing: the target server
    /// starts a new election (incrementing its term and becoming a candidate)." A pre-vote would fail, as the others
    /// still hear from the leader.
    mutating func receive(_ request: TimeoutNow, _ message: Message, into effects: inout Effects) {
        guard role == .follower, leaderID == message.from, canCampaign else { return }
        guard request.lastLogID == log.last, flushedIndex == log.last.index else { return }
        startElection(isLeadershipTransfer: true, into: &effects)
    }
}
