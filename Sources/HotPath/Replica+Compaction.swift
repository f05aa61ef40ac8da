package import RaftCore

/// The log gets shorter at its beginning (§7). `LogCompaction` says when, `LogRetention` how far, and the owner of the
/// replica does what takes time. Owner's thread only.
extension Replica {
    /// How a cut ended.
    package enum CutResult: Hashable, Sendable {
        /// The entries through this one are durably gone.
        case cut(through: LogID)
        /// Nothing may go now, or the log was replaced meanwhile.
        case nothing
    }

    /// Cuts off as much of the log as nobody needs, as the next part of the cycle that `LogMaintainer.compactionDue`
    /// has begun. Everything through `persisted` is in the state machine on disk. `completion` is called once, on the
    /// owner's thread. Nothing is cut off if the replica has got another log since then.
    package func cutLog(persisted: LogIndex, completion: @escaping (CutResult) -> Void) {
        guard !standstill.isFrozen, compaction?.isUnderWay == true, let point = nextCut(persisted: persisted) else {
            completion(.nothing)
            return
        }
        compaction?.write(point, completion)
        ports.mailbox.requestTurn()
    }

    /// The end of the cycle that `LogMaintainer.compactionDue` has begun. After a failure it is due again in a while.
    /// `hasReleasedFiles`: what the log has in memory has become table files, so its older files are gone.
    package func compactionEnded(succeeded: Bool, hasReleasedFiles: Bool = false) {
        compaction?.end(succeeded: succeeded, hasReleased: hasReleasedFiles, now: ports.timekeeper.now)
        ports.mailbox.requestTurn()
    }

    /// Whether the files of the log hold much that is gone, so that it is worth while to make table files of what the
    /// log has in memory, and release them.
    package var wantsFilesReleased: Bool { compaction?.wantsFilesReleased == true }

    var compaction: LogCompaction? {
        get { logJobs.compaction }
        _modify { yield &logJobs.compaction }
    }

    private func nextCut(persisted: LogIndex) -> CompactionPoint? {
        // The level of a configuration that is not committed may fall again. A log that is being replaced is nobody's
        // business any more.
        guard let compaction, catchUp.fetch?.isInstalling != true,
            let committed = raft.configuration(at: raft.appliedIndex),
            committed.featureLevel >= compaction.settings.featureLevelMin
        else { return nil }
        let index = settings.has(.compactsUnpersisted) ? raft.appliedIndex : min(persisted, raft.appliedIndex)
        let through = compaction.retention.cut(
            for: LogRetention.Needs(
                applied: index, gone: compaction.cut.index, followers: raft.followerProgress,
                pinned: settings.has(.cutsUnderTransfer) ? nil : catchUp.offers.lowestNeeded,
                dataBytes: ports.maintainer?.dataBytes ?? 0, transfers: catchUp.offers.transfers,
                now: ports.timekeeper.now))
        guard through > compaction.cut.index, let term = raft.term(at: through),
            let configuration = raft.configuration(at: through)
        else { return nil }
        return CompactionPoint(
            lastIncluded: LogID(index: through, term: settings.has(.stampsCutWithTerm) ? raft.currentTerm : term),
            configuration: settings.has(.forgetsBaseConfiguration) ? Configuration() : configuration)
    }

    /// The log has become another one. A cut that was under way has ended, or concerned the former one.
    func restartCompaction(after last: LogID, compacted: LogID, now: Instant) {
        if let end = compaction?.abandon() { end() }
        compaction = settings.compaction.map { LogCompaction($0, last: last.index, cut: compacted, now: now) }
    }

    /// Begins a cycle if it is time, and there is something that may go once the state machine is on disk.
    func beginCompaction(now: Instant) {
        guard !standstill.isFrozen, !standstill.isShuttingDown, let maintainer = ports.maintainer,
            let wanted = compaction?.begin(
                persisted: maintainer.persistedIndex, applied: raft.appliedIndex, now: now)
        else { return }
        guard let point = nextCut(persisted: wanted) else {
            compaction?.end(succeeded: true, hasReleased: false, now: now)
            return
        }
        maintainer.compactionDue(through: point.lastIncluded.index)
    }

    /// The core's log begins where neither disk nor memory has entries: followers are served from the ring, whether the
    /// disk has its entries or not.
    func compactCore(now: Instant) {
        guard let cut = compaction?.cut.index, cut > raft.compactedLogID.index else { return }
        let through = min(cut, ring.firstIndex.previous)
        guard through > raft.compactedLogID.index else { return }
        guard let term = raft.term(at: through) else {
            preconditionFailure("the log was cut off through \(cut), and the core does not know entry \(through)")
        }
        step(.compacted(through: LogID(index: through, term: term)), now: now)
    }
}
