internal import HotPath
internal import RaftCore
internal import Storage

/// The logs of nodes get shorter at their beginning: the cycle of the maintenance thread, in steps between which time
/// passes and processes die.
///
/// ```
/// due ──► data on disk ──► point decided ──► written ──► synced ──► reported ──► files released ──► ended
/// ```
extension Simulation {
    func beginCompaction(through wanted: LogIndex, _ process: SimulatedProcess) {
        process.compactionStage = .persisting(wanted)
        scheduleCompaction(process)
    }

    /// Nobody sends snapshots here. A leader that does not know what a follower has may ask for one, and the follower
    /// answers that it has what is in it.
    func refuseSnapshot(for follower: NodeID, _ process: SimulatedProcess) {
        let compacted = process.replica.compactedLogID
        guard let number = number(of: follower), lastIndex(of: nodes[number]) >= compacted.index else {
            return referee.breach("\(follower) needs entries that \(process.id) has cut off through \(compacted)")
        }
        process.replica.snapshotSent(to: follower, lastIncluded: compacted, succeeded: true)
    }

    private func scheduleCompaction(_ process: SimulatedProcess) {
        schedule(
            .compaction(node: process.node.number, life: process.life),
            at: now + draws.compaction.spread(100_000...50_000_000) * process.node.slowness)
    }

    /// The maintenance thread takes its next step.
    func compact(_ process: SimulatedProcess) {
        let node = process.node
        guard node.diskHangsUntil <= now else {
            noteEffect(of: .hungDisk(node.number))
            return schedule(.compaction(node: node.number, life: process.life), at: again(before: node.diskHangsUntil))
        }
        do {
            switch process.compactionStage {
            case .idle: break
            case .persisting(let wanted):
                let persisted = try process.storage.persist(through: wanted)
                resumeApply(process)
                process.compactionStage = .persisted(persisted)
                scheduleCompaction(process)
            case .persisted(let persisted):
                process.compactionStage = .cutting
                process.replica.cutLog(persisted: persisted, pinned: lastIndexOfAll) {
                    [unowned self, unowned process] result in
                    if case .cut = result { coverage.count(.logCut) }
                    process.compactionStage = .releasing
                    scheduleCompaction(process)
                }
            case .cutting: break
            case .releasing:
                let releases = process.replica.wantsFilesReleased
                if releases { try process.storage.store.log.releaseFiles() }
                process.compactionStage = .idle
                process.replica.compactionEnded(succeeded: true, hasReleasedFiles: releases)
            }
        } catch {
            storeFailed(process, error)
        }
    }

    /// The last entry that every node has which was ever a member, whether it runs or not. Nobody can send a snapshot
    /// here, so the entries after it stay everywhere.
    private var lastIndexOfAll: LogIndex {
        var least = referee.ledger.lastIndex
        for node in nodes where node.number < settings.voters { least = min(least, lastIndex(of: node)) }
        return least
    }

    /// The last committed entry that is durable on a node, with all before it.
    private func lastIndex(of node: SimulatedNode) -> LogIndex {
        var last = min(referee.ledger.lastIndex, node.disk.lastLogID.index)
        while last > .zero, node.disk.term(at: last) != referee.ledger.entry(at: last)?.id.term { last = last.previous }
        return last
    }
}
