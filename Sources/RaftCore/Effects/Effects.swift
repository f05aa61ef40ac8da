/// The work that a `Raft` wants done after one or more steps. Filled in place, carried out and cleared by the hot path.
///
/// There are two kinds of fields. Those of one step belong to the step just made and must be taken over before the next
/// one. Those of the turn accumulate over its steps and are carried out once, after the last step, in the order in
/// which they are declared here. Each says what must be durable or known before it is carried out.
package struct Effects: Sendable {
    // MARK: Of one step

    /// Entries from here to the end of the log are gone: another leader's entries take their place. Durable in the same
    /// batch as the entries that replace them.
    package var truncateFrom: LogIndex?
    /// Entries that the step added at the end of the log, after `truncateFrom` took effect. They must be submitted to
    /// the log thread. Each index is either in the message or proposal just stepped, or in `generated`.
    package var appended: LogRange?
    /// The entries within `appended` that the core made itself: the no-op of a new leader and configurations.
    package var generated: [GeneratedEntry] = []
    /// The answer to `Event.changeConfiguration`, for whoever made that step. Nothing of the change is durable yet.
    package var configurationOutcome: ConfigurationOutcome?

    // MARK: Of the turn, in the order of execution

    /// Term or vote changed. Goes to the log thread in one job with the log changes of all steps of the turn, before
    /// anything below: durable before any of `messagesAfterFlush` is sent, and in the same or an earlier batch than
    /// entries of that term.
    package var hardState: HardState?
    /// May be sent once the job is submitted, before anything of this turn is durable: AppendEntriesRequests of a
    /// leader (thesis 10.2.1), pre-votes, and answers that depend only on what is durable already.
    package var messages: [Message] = []
    /// Must wait until everything submitted to the log thread, this turn included, is durable: votes, requests for
    /// votes, answers in a term that is not durable yet.
    package var messagesAfterFlush: [Message] = []
    /// Entries to read from the log on disk, each report as `entriesRead`. They are durable and committed already. At
    /// most one read for a follower is under way at a time, unless its link closes meanwhile.
    package var logReads: [LogReadRequest] = []
    /// The configuration in force changed: appended, rolled back or replaced by a snapshot. Nothing of it has to be
    /// durable before the links follow it (§6: "a server always uses the latest configuration in its log, regardless of
    /// whether the entry is committed").
    package var configurationChanged = false
    /// Entries up to here may be applied: committed, and durable on this node (`applied <= min(committed, flushed)`).
    package var applyThrough: LogIndex?
    /// Leadership was lost in this turn. `applyThrough` comes first: a proposal that it covers gets its result. Every
    /// other open proposal has an unknown outcome, never a failed one, because the next leader may still commit it.
    package var leadershipLost = false
    /// Reads that may be served as soon as the state machine has applied `index`. A majority has confirmed that this
    /// node led after each of them was registered.
    package var readsReady: [ReadyRead] = []
    /// Reads that this node could not confirm, because it is not or no longer the leader. Safe to ask again.
    package var readsFailed: [ReadID] = []
    /// Followers that need entries older than the log holds. The hot path sends a snapshot, which holds only applied
    /// and so committed entries, and reports `snapshotSent`.
    package var snapshotsToSend: [NodeID] = []
    /// A snapshot to fetch and install in place of the whole log. Report `snapshotInstalled`, and success only when it
    /// is durable and in the state machine. Until then no other one is asked for.
    package var snapshotToInstall: InstallSnapshotRequest?
    /// A server was found to have lost entries that it had acknowledged, or has them again. For the operator; nothing
    /// waits for it.
    package var dataLosses: [DataLoss] = []
    /// The role, the term or the known leader changed. Read the new values from the `Raft`; the term may not be durable
    /// yet. Comes last, so that whoever learns of it finds everything above done.
    package var roleChanged = false

    package init() {}

    /// Forgets everything but keeps the storage of the arrays for the next turn.
    package mutating func removeAll() {
        removeStepChanges()
        configurationOutcome = nil
        hardState = nil
        messages.removeAll(keepingCapacity: true)
        messagesAfterFlush.removeAll(keepingCapacity: true)
        logReads.removeAll(keepingCapacity: true)
        configurationChanged = false
        applyThrough = nil
        leadershipLost = false
        readsReady.removeAll(keepingCapacity: true)
        readsFailed.removeAll(keepingCapacity: true)
        snapshotsToSend.removeAll(keepingCapacity: true)
        snapshotToInstall = nil
        dataLosses.removeAll(keepingCapacity: true)
        roleChanged = false
    }

    /// Forgets the log change of the last step, once the entry ring has taken it over.
    package mutating func removeStepChanges() {
        truncateFrom = nil
        appended = nil
        generated.removeAll(keepingCapacity: true)
    }
}
