package struct RequestVoteRequest: Hashable, Sendable {
    /// A pre-vote changes no state at either side (thesis 9.6).
    package var isPreVote: Bool
    /// Set after TimeoutNow: the voter grants although it heard from a leader lately (thesis 4.2.3).
    package var isLeadershipTransfer: Bool
    package var lastLogID: LogID

    package init(isPreVote: Bool, isLeadershipTransfer: Bool, lastLogID: LogID) {
        self.isPreVote = isPreVote
        self.isLeadershipTransfer = isLeadershipTransfer
        self.lastLogID = lastLogID
    }
}
