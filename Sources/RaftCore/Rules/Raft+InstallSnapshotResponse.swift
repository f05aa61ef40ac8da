// Snapshots in place of log entries (§7), from the leader's side. The bytes travel outside the core.
extension Raft {
    /// The snapshot that a follower needed was delivered, or could not be.
    mutating func snapshotSent(to follower: NodeID, lastIncluded: LogID, succeeded: Bool) {
        if !succeeded, settings.has(.staysInSnapshot) { return }
        let next: LogIndex = succeeded && log.last.index >= lastIncluded.index ? lastIncluded.index.next : .zero
        leadership?.didSendSnapshot(to: follower, next: next)
    }

    /// A follower has installed a snapshot, or failed to.
    mutating func receive(_ response: InstallSnapshotResponse, _ message: Message) {
        guard role == .leader else { return }
        leadership?.didAnswer(message.from, at: clock)
        let lastIncluded = response.lastIncluded
        guard response.installed || settings.has(.trustsFailedInstallation) else {
            snapshotSent(to: message.from, lastIncluded: lastIncluded, succeeded: false)
            return
        }
        // Snapshots hold committed entries only; this cannot complete a quorum that was not there before.
        guard lastIncluded.index <= commitIndex, log.agrees(with: lastIncluded) else { return }
        leadership?.didInstall(lastIncluded.index, at: message.from, compacted: log.compacted.index)
    }
}
