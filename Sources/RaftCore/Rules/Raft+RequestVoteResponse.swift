extension Raft {
    /// An answer to a campaign. One to an earlier campaign, or of another kind, is recognised by the term it answers.
    mutating func receive(_ response: RequestVoteResponse, _ message: Message, into effects: inout Effects) {
        switch role {
        case .preCandidate:
            guard response.isPreVote else { return }
        case .candidate:
            guard !response.isPreVote, message.term == currentTerm else { return }
        case .follower, .leader:
            return
        }
        guard response.requestTerm == campaignTerm else { return }
        tally.note(message.from, granted: response.voteGranted)
        judgeCampaign(into: &effects)
    }
}
