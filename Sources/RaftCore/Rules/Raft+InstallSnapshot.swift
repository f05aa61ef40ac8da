// Snapshots in place of log entries (§7), from the follower's side. The bytes travel outside the core.
extension Raft {
    /// The leader has a snapshot for this follower. While one is being installed, and so replaces the log, no other one
    /// counts: a second one could commit entries that the first one contradicts.
    mutating func receive(_ request: InstallSnapshotRequest, _ message: Message, into effects: inout Effects) {
        guard acceptLeader(message.from, into: &effects) else { return }
        let lastIncluded = request.lastIncluded
        let takesAny = settings.has(.installsOldSnapshots)
        if installing != nil || lastIncluded.index <= commitIndex && !takesAny {
            // The acknowledgement says how far the log reaches.
            acknowledgement.isDue = true
            return
        }
        if log.contains(lastIncluded), !takesAny {
            // §7: "If existing log entry has same index and term as snapshot's last included entry, retain log entries
            // following it and reply." The match also proves everything up to it.
            acknowledgement.verified = max(acknowledgement.verified, lastIncluded.index)
            commitIndex = lastIncluded.index
            acknowledgement.isDue = true
            return
        }
        guard mayReplaceLog(lastIncluded) || takesAny else { return }
        installing = lastIncluded
        effects.snapshotToInstall = request
    }

    /// Whether a leader can have a snapshot that ends at `lastIncluded`, which this log lacks. Nothing committed, and
    /// nothing that this same leader sent, is ever taken back, and terms never fall along a log.
    private func mayReplaceLog(_ lastIncluded: LogID) -> Bool {
        guard lastIncluded.index > acknowledgement.verified, let term = log.term(at: acknowledgement.verified) else {
            return false
        }
        return lastIncluded.term >= term
    }

    /// The snapshot is durable and in the state machine, or failed to get there. A report about another snapshot than
    /// the one under way is ignored.
    mutating func snapshotInstalled(
        _ lastIncluded: LogID, _ configuration: Configuration, succeeded: Bool, into effects: inout Effects
    ) {
        guard installing == lastIncluded else { return }
        installing = nil
        electionTimer.restart(at: clock)
        if succeeded { replaceLog(by: lastIncluded, configuration, into: &effects) }
        answerInstallation(of: lastIncluded, succeeded: succeeded, into: &effects)
    }

    /// §7: "discard the entire log" and "reset state machine using snapshot contents (and load snapshot's cluster
    /// configuration)". Neither the log nor what is committed has changed since the snapshot was asked for.
    private mutating func replaceLog(
        by lastIncluded: LogID, _ configuration: Configuration, into effects: inout Effects
    ) {
        let term = settings.has(.stampsSnapshotWithTerm) ? currentTerm : lastIncluded.term
        log = RaftLog(compacted: LogID(index: lastIncluded.index, term: term))
        configurations = ConfigurationHistory(base: configuration, compacted: lastIncluded.index)
        logEpoch += 1
        commitIndex = lastIncluded.index
        flushedIndex = lastIncluded.index
        memoryStart = lastIncluded.index.next
        applyThrough = lastIncluded.index
        appliedIndex = lastIncluded.index
        acknowledgement.verified = lastIncluded.index
        configurationDidChange(into: &effects)
    }

    private mutating func answerInstallation(of lastIncluded: LogID, succeeded: Bool, into effects: inout Effects) {
        guard role == .follower, let leaderID else { return }
        let response = InstallSnapshotResponse(lastIncluded: lastIncluded, installed: succeeded)
        send(.installSnapshotResponse(response), to: leaderID, into: &effects)
        acknowledgement.isDue = true
    }
}
