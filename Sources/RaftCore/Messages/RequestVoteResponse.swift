package struct RequestVoteResponse: Hashable, Sendable {
    package var isPreVote: Bool
    /// The term of the request that this answers, so that a late answer to an earlier campaign is recognised.
    package var requestTerm: Term
    package var voteGranted: Bool

    package init(isPreVote: Bool, requestTerm: Term, voteGranted: Bool) {
        self.isPreVote = isPreVote
        self.requestTerm = requestTerm
        self.voteGranted = voteGranted
    }
}
