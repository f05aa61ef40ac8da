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

    /// Cuts off as much of the log as nobody needs, in the cycle that `LogMaintainer.compactionDue` has begun.
    /// Everything through `persisted` is in the state machine on disk. `pinned`: the entries after this one are needed,
    /// for a snapshot that is under way. `completion` is called once, on the owner's thread. Nothing is cut off if the
    /// replica was restarted with another log since then.
    package func cutLog(
        persisted: LogIndex, pinned: LogIndex? = nil, completion: @escaping (CutResult) -> Void
    ) {
        guard !standstill.isFrozen, compaction?.isUnderWay == true,
            let point = nextCut(persisted: persisted, pinned: pinned)
        else {
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
    package var wantsFilesReleased: Bool {
        guard let compaction else { return false }
        return compaction.bytesUnreleased >= compaction.settings.intervalBytes
    }

    /// The end of a snapshot that `LogMaintainer.snapshotNeeded` has asked for: the follower has everything through
    /// `lastIncluded`, or could not be sent it.
    package func snapshotSent(to follower: NodeID, lastIncluded: LogID, succeeded: Bool) {
        guard !standstill.isFrozen else { return }
        let now = ports.timekeeper.now
        step(.snapshotSent(to: follower, lastIncluded: lastIncluded, succeeded: succeeded), now: now)
        ports.mailbox.requestTurn()
    }

    var compaction: LogCompaction? {
        get { logJobs.compaction }
        _modify { yield &logJobs.compaction }
    }

    private func nextCut(persisted: LogIndex, pinned: LogIndex?) -> CompactionPoint? {
        // The level of a configuration that is not committed may fall again.
        guard let compaction, let committed = raft.configuration(at: raft.appliedIndex),
            committed.featureLevel >= compaction.settings.featureLevelMin
        else { return nil }
        let index = settings.has(.compactsUnpersisted) ? raft.appliedIndex : min(persisted, raft.appliedIndex)
        let through = compaction.retention.cut(
            for: LogRetention.Needs(
                applied: index, ringStart: ring.firstIndex, followers: raft.followerProgress, pinned: pinned))
        guard through > compaction.cut.index, let term = raft.term(at: through),
            let configuration = raft.configuration(at: through)
        else { return nil }
        return CompactionPoint(
            lastIncluded: LogID(index: through, term: term),
            configuration: settings.has(.forgetsBaseConfiguration) ? Configuration() : configuration)
    }

    /// Begins a cycle if it is time, and there is something that may go once the state machine is on disk.
    func beginCompaction(now: Instant) {
        guard !standstill.isFrozen, !standstill.isShuttingDown, compaction?.begin(now: now) == true else { return }
        guard let point = nextCut(persisted: raft.appliedIndex, pinned: nil) else {
            compaction?.end(succeeded: true, hasReleased: false, now: now)
            return
        }
        ports.maintainer?.compactionDue(through: point.lastIncluded.index)
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
