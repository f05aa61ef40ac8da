/// Bugs that others had and that this code must not get, each switched on by `RaftSettings.mutant` in builds that have
/// the compilation condition `MUTANTS`: a simulation that does not find one is too weak. In other builds every question
/// for one is the constant false.
package enum Mutant: String, CaseIterable, Sendable {
    // MARK: Election

    /// The vote is forgotten when a server steps down within a term (CCF 5891).
    case forgetsVote = "forgets-vote"
    /// A vote is granted whatever the candidate's log is.
    case ignoresLogInVote = "ignores-log-in-vote"
    /// A server that has just started votes before it has heard from a leader.
    case votesAtStart = "votes-at-start"
    /// Half of the votes elect a leader.
    case halfElects = "half-elects"

    // MARK: Log

    /// A follower removes what comes after the previous entry, whether it matches or not (openraft 9540c904).
    case truncatesMatching = "truncates-matching"
    /// The previous entry is found by its index alone.
    case ignoresPreviousTerm = "ignores-previous-term"
    /// The report of a sync vouches for entries that replaced those that it wrote (etcd raft, ABA of storage writes).
    case trustsOldFlush = "trusts-old-flush"

    // MARK: Commit

    /// Entries of earlier terms are committed by counting (LogCabin 44, paper figure 8).
    case countsOlderTerms = "counts-older-terms"
    /// The leader counts itself before its own sync (etcd 14370).
    case countsUnsynced = "counts-unsynced"
    /// A follower commits what its leader has not verified (atomix 1036).
    case commitsUnverified = "commits-unverified"
    /// Learners count in commits (openraft beb0302b).
    case countsLearners = "counts-learners"

    // MARK: Membership

    /// A leader changes the configuration before it has committed in its term (Ongaro 2015).
    case changesBeforeCommit = "changes-before-commit"
    /// A change does not wait for the one before.
    case changesWhileChanging = "changes-while-changing"
    /// A server that was added again believes a member which has not heard of that.
    case forgetsMembership = "forgets-membership"
    /// A leader raises the feature level although a member does not know it, and a follower appends what it does not
    /// know.
    case ignoresFeatureLevel = "ignores-feature-level"

    /// A node counts as a member by its name alone (consul 519).
    case ignoresInstance = "ignores-instance"
    /// A server that is sent the log acts as the voter whose name it has, in configurations of before it was a member.
    case actsForNamesake = "acts-for-namesake"

    /// A node gives up data of users because a leader asks for it.
    case adoptsWithoutConsent = "adopts-without-consent"
    /// A node that lost its disk serves as a cluster of its own.
    case servesUnfenced = "serves-unfenced"

    // MARK: Reads

    /// A new leader serves reads before it has committed in its term (etcd 7331).
    case readsBeforeCommit = "reads-before-commit"
    /// Reads wait for no majority.
    case readsWithoutRound = "reads-without-round"
    /// Reads do not wait for the state machine.
    case readsBeforeApply = "reads-before-apply"

    // MARK: Disk

    /// A follower acknowledges what is not durable (NATS 7564).
    case acknowledgesBeforeSync = "acknowledges-before-sync"
    /// Votes leave before they are durable (hashicorp/raft 661).
    case sendsBeforeSync = "sends-before-sync"
    /// A server applies what is committed and not on its own disk yet.
    case appliesBeforeSync = "applies-before-sync"
    /// A node that lost data votes as if it had not.
    case votesAfterLoss = "votes-after-loss"
    /// The log thread reports its batch when it is written, and not when it is synced.
    case reportsBeforeSync = "reports-before-sync"
    /// The sync of the log does nothing.
    case skipsSync = "skips-sync"
    /// Of a suffix that another leader replaced only the first entry is deleted.
    case deletesOneOfSuffix = "deletes-one-of-suffix"
    /// A node starts although its witness says that its database has lost something.
    case ignoresWitness = "ignores-witness"
    /// The witness claims less before a suffix of the log is deleted, and nobody waits until that is durable.
    case lowersWithoutSync = "lowers-without-sync"
    /// A table reaches the disk without the record of the entries that it covers.
    case forgetsAppliedRecord = "forgets-applied-record"

    // MARK: Compaction

    /// The log is cut off as far as entries are applied, whether they are in the state machine on disk or not.
    case compactsUnpersisted = "compacts-unpersisted"
    /// The beginning of the log is deleted in one batch, and the record of it written in the next one.
    case compactsWithoutPoint = "compacts-without-point"
    /// The configuration as of the compaction point is not kept.
    case forgetsBaseConfiguration = "forgets-base-configuration"
    /// The last entry that is gone gets the term of now.
    case stampsCutWithTerm = "stamps-cut-with-term"
    /// The log is cut off beyond a snapshot that a follower is being sent, which then needs another one.
    case cutsUnderTransfer = "cuts-under-transfer"

    // MARK: Snapshots

    /// A snapshot takes the place of a log that reaches further (openraft 1892).
    case installsOldSnapshots = "installs-old-snapshots"
    /// The last entry of a snapshot gets the term of its receiver (scylladb, snapshot_uses_correct_term).
    case stampsSnapshotWithTerm = "stamps-snapshot-with-term"
    /// A follower whose snapshot was lost gets nothing more (etcd 10308).
    case staysInSnapshot = "stays-in-snapshot"
    /// A follower that failed to install a snapshot counts as one that has it.
    case trustsFailedInstallation = "trusts-failed-installation"
    /// A leader whose log is empty sends nobody a snapshot (openraft 1828).
    case overlooksEmptyLog = "overlooks-empty-log"
    /// A snapshot comes with the configuration of now, and not with that as of its last entry (scylladb,
    /// snapshotting_preserves_config).
    case announcesLatestConfiguration = "announces-latest-configuration"
    /// A snapshot is installed while entries are applied (openraft eed681d5).
    case installsWhileApplying = "installs-while-applying"
    /// Entries that a snapshot stands for are applied again after its installation (rqlite 2759).
    case appliesBelowSnapshot = "applies-below-snapshot"
    /// What the log has beyond a snapshot that contradicts it stays after the installation (openraft 674e78aa).
    case keepsLogAfterInstallation = "keeps-log-after-installation"
    /// The database names the data of a snapshot before it has them (tikv 11746).
    case switchesBeforeFiles = "switches-before-files"
    /// Chunks are taken in whatever came before them, and the whole without the account of its sender (openraft
    /// 2eccb9e1).
    case trustsChunks = "trusts-chunks"

    // MARK: Reads of the log

    /// A follower whose link was renewed waits for a read of before, which never comes back.
    case awaitsLostRead = "awaits-lost-read"

    // MARK: Comparisons

    /// A leader does nothing about data that differ.
    case overlooksDifference = "overlooks-difference"
    /// A node whose data are wrong serves on.
    case servesWrongData = "serves-wrong-data"

    // MARK: Forwarding

    /// Writes that went to a leader are sent again when its link closes (jetcd 1444).
    case resendsForwarded = "resends-forwarded"
    /// A deposed leader says that what it had proposed was not done.
    case deniesProposals = "denies-proposals"
}

extension RaftSettings {
    /// Whether a bug is switched on.
    @inline(__always)
    package func has(_ mutant: Mutant) -> Bool {
        #if MUTANTS
        return self.mutant == mutant
        #else
        return false
        #endif
    }
}
