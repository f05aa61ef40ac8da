// Snapshots in place of log entries (§7). The bytes travel outside the core.
extension Raft {
    // MARK: Leader

    /// The snapshot that a follower needed was delivered, or could not be.
    mutating func snapshotSent(to follower: NodeID, lastIncluded: LogID, succeeded: Bool) {
        guard let position = leadership?.position(of: follower),
            leadership?.progress[position].state == .snapshot
        else { return }
        let next: LogIndex = succeeded && log.last.index >= lastIncluded.index ? lastIncluded.index.next : .zero
        leadership?.progress[position].becomeProbe(next: next)
        // If delivered, the follower is busy installing; if not, trying again at once would only spin. Either way the
        // next heartbeat goes on.
        leadership?.progress[position].isPaused = true
    }

    /// A follower has installed a snapshot, or failed to.
    mutating func receive(_ response: InstallSnapshotResponse, _ message: Message) {
        guard role == .leader, let position = leadership?.position(of: message.from) else { return }
        leadership?.progress[position].lastResponse = clock
        let lastIncluded = response.lastIncluded
        guard response.installed else {
            snapshotSent(to: message.from, lastIncluded: lastIncluded, succeeded: false)
            return
        }
        // Snapshots hold committed entries only; this cannot complete a quorum that was not there before.
        guard lastIncluded.index <= commitIndex, lastIncluded.index < log.compacted.index || log.contains(lastIncluded)
        else { return }
        _ = leadership?.progress[position].didMatch(lastIncluded.index, compacted: log.compacted.index)
    }

    // MARK: Follower

    /// The leader has a snapshot for this follower.
    mutating func receive(_ request: InstallSnapshotRequest, _ message: Message, into effects: inout Effects) {
        guard acceptLeader(message.from, into: &effects) else { return }
        let lastIncluded = request.lastIncluded
        if lastIncluded.index <= commitIndex {
            // Nothing new. How far the log reaches, the acknowledgement says.
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
