// Snapshots in place of log entries (§7), from the follower's side. The bytes travel outside the core.
extension Raft {
    /// The leader has a snapshot for this follower.
    mutating func receive(_ request: InstallSnapshotRequest, _ message: Message, into effects: inout Effects) {
        guard acceptLeader(message.from, into: &effects) else { return }
        let lastIncluded = request.lastIncluded
        if lastIncluded.index <= commitIndex {
            // Nothing new; the acknowledgement says how far the log reaches.
            acknowledgement.isDue = true
            return
        }
        if log.contains(lastIncluded) {
            // §7: "If existing log entry has same index and term as snapshot's last included entry, retain log entries
            // following it and reply." The match also proves everything up to it.
            acknowledgement.verified = max(acknowledgement.verified, lastIncluded.index)
            commitIndex = lastIncluded.index
            acknowledgement.isDue = true
            return
        }
        if let installing, installing.index >= lastIncluded.index { return }
        installing = lastIncluded
        effects.snapshotToInstall = request
    }

    /// The snapshot is durable and in the state machine, or failed to get there.
    ///
    /// §7: "discard the entire log" and "reset state machine using snapshot contents (and load snapshot's cluster
    /// configuration)".
    mutating func snapshotInstalled(
        _ lastIncluded: LogID, _ configuration: Configuration, succeeded: Bool, into effects: inout Effects
    ) {
        if installing == lastIncluded {
            installing = nil
            electionTimer.restart(at: clock)
        }
        defer { answerInstallation(of: lastIncluded, succeeded: succeeded, into: &effects) }
        guard succeeded, lastIncluded.index > appliedIndex else { return }
        precondition(role != .leader, "a snapshot at \(lastIncluded) was installed on a leader")
        precondition(
            lastIncluded.index > commitIndex || log.contains(lastIncluded),
            "the snapshot installed at \(lastIncluded) contradicts entries committed through \(commitIndex)")
        appliedIndex = lastIncluded.index
        applyThrough = max(applyThrough, lastIncluded.index)
        commitIndex = max(commitIndex, lastIncluded.index)
        if log.contains(lastIncluded) {
            log.compact(through: lastIncluded.index)
            configurations.compact(through: lastIncluded.index)
            flushedIndex = max(flushedIndex, lastIncluded.index)
        } else {
            log = RaftLog(compacted: lastIncluded)
            configurations = ConfigurationHistory(base: configuration, compacted: lastIncluded.index)
            flushedIndex = lastIncluded.index
            logEpoch += 1
            acknowledgement.verified = lastIncluded.index
            configurationDidChange(into: &effects)
        }
    }

    private mutating func answerInstallation(of lastIncluded: LogID, succeeded: Bool, into effects: inout Effects) {
        guard role == .follower, let leaderID else { return }
        acknowledgement.verified = max(acknowledgement.verified, commitIndex)
        let response = InstallSnapshotResponse(lastIncluded: lastIncluded, installed: succeeded)
        send(.installSnapshotResponse(response), to: leaderID, into: &effects)
        acknowledgement.isDue = true
    }
}
