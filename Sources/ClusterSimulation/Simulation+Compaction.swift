internal import HotPath
internal import RaftCore
internal import Storage

/// The logs of nodes get shorter at their beginning: the cycle of the maintenance thread, in steps between which time
/// passes and processes die.
///
/// ```
/// due ──► data on disk ──► point decided ──► written ──► synced ──► reported ──► files removed, released ──► ended
/// ```
extension Simulation {
    func beginCompaction(through wanted: LogIndex, _ process: SimulatedProcess) {
        process.compactionStage = .persisting(wanted)
        scheduleCompaction(process)
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
                process.replica.cutLog(persisted: persisted) {
                    [unowned self, unowned process] result in
                    var gone = LogIndex.zero
                    if case .cut(let last) = result {
                        coverage.count(.logCut)
                        gone = last.index
                    }
                    process.compactionStage = .releasing(gone: gone)
                    scheduleCompaction(process)
                }
            case .cutting: break
            case .releasing(let gone):
                try process.storage.store.log.removeFiles(through: gone)
                let releases = process.replica.wantsFilesReleased
                if releases { try process.storage.store.log.releaseFiles() }
                process.compactionStage = .idle
                process.replica.compactionEnded(succeeded: true, hasReleasedFiles: releases)
            }
        } catch {
            storeFailed(process, error)
        }
    }
}
