// Questions that the hot path may ask a `Raft`; all O(1) unless said otherwise.
extension Raft {
    package var currentTerm: Term { hardState.currentTerm }

    /// The last entry accepted, durable or not.
    package var lastLogID: LogID { log.last }

    /// The entry before the first one still in the log.
    package var compactedLogID: LogID { log.compacted }

    /// The configuration in force: the latest in the log, committed or not (thesis 4.1).
    package var configuration: Configuration { configurations.latest.configuration }

    package var configurationIndex: LogIndex { configurations.latest.index }

    package var isConfigurationCommitted: Bool { configurations.latest.index <= commitIndex }

    /// This server was a member of its cluster and is none any more, as far as it knows. One that was added again and
    /// is catching up meets its removal in the log, and is a member all the same, also while that leader is gone: if
    /// the next one does not count it, somebody says so. O(1) for a voter.
    package var isRemoved: Bool {
        if isToldRemoved { return true }
        return !isVoter && configuration[id] == nil && isConfigurationCommitted
            && countedIn.through <= configurationIndex && configurations.contains(id)
    }

    /// The configuration that was in force when the log ended at `index`: what a snapshot or a compaction of the log
    /// through `index` must record. Nil if `index` lies below the compaction point. O(configurations in the log).
    package func configuration(at index: LogIndex) -> Configuration? { configurations.configuration(at: index) }

    /// Leader, and no leadership transfer under way.
    package var canPropose: Bool { role == .leader && !isLeadershipTransferInProgress }

    package var isLeadershipTransferInProgress: Bool { leadership?.transfer != nil }

    /// An entry of the current term is committed, so that reads and configuration changes are possible. Leader only.
    package var hasCommittedInCurrentTerm: Bool {
        guard let termStart = leadership?.termStart else { return false }
        return commitIndex >= termStart
    }

    /// The highest index that is known to be committed, whether the own log reaches it or not.
    package var knownCommitIndex: LogIndex { max(commitIndex, leaderCommit) }

    /// Whether a state machine that has applied `applied` holds everything that was committed before this server
    /// started, so that it shows nothing older than it did before: all that the leader had committed when it was first
    /// heard from, and an entry of the current term, because a new leader does not know what was committed before it
    /// until then (§8).
    package func hasCaughtUp(applied: LogIndex) -> Bool {
        guard leaderID != nil, log.term(at: applied) == currentTerm else { return false }
        if role == .leader { return true }
        guard let firstLeaderCommit else { return false }
        return applied >= firstLeaderCommit
    }

    /// Encoded size of the entries that the leader appended and has not committed, in bytes.
    package var uncommittedBytes: Int { leadership?.uncommittedBytes ?? 0 }

    /// When `Event.timeElapsed` is due next. Moves with every step; nil if nothing is timed.
    package var nextDeadline: Instant? {
        guard role == .leader else { return canCampaign ? electionTimer.deadline : nil }
        return leadership?.deadline
    }

    /// The term of the entry at `index`, if the log holds it or it is `compactedLogID`. O(log of the number of terms).
    package func term(at index: LogIndex) -> Term? { log.term(at: index) }

    /// A leader's knowledge of the other members, in the order of the configuration. O(members). Empty at other roles.
    package var followerProgress: [FollowerProgress] {
        leadership?.followerProgress(activeWithin: settings.electionTimeoutNanosecondsMin, now: clock) ?? []
    }
}
