package enum ConfigurationOutcome: Hashable, Sendable {
    /// Appended as the entry with this id; in force at once, final when committed.
    case appended(LogID)
    /// Nothing to do: the configuration already is as asked.
    case unchanged
    case refused(Refusal)

    package enum Refusal: Hashable, Sendable {
        case notLeader
        /// Thesis 4.1: the previous change is not committed yet.
        case changeInProgress
        /// The leader has not committed an entry of its term yet (the correction of 2015 to single-server changes).
        case noCommitInTermYet
        case leadershipTransferInProgress
        case unknownMember
        /// The learner lacks too much of the log to vote.
        case notCaughtUp
        case lastVoter
        case tooManyMembers
    }
}
