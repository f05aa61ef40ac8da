// How far the log has come: committed, applied, compacted.
extension Raft {
    /// "If there exists an N such that N > commitIndex, a majority of matchIndex[i] ≥ N, and log[N].term ==
    /// currentTerm: set commitIndex = N" (paper, figure 2).
    ///
    /// §5.4.2: "Raft never commits log entries from previous terms by counting replicas. Only log entries from the
    /// leader's current term are committed by counting replicas." Leader only.
    mutating func advanceCommitIndex(into effects: inout Effects) {
        let flushed = settings.has(.countsUnsynced) ? log.last.index : flushedIndex
        guard
            let index = leadership?.quorumMatchIndex(
                flushed: flushed, countsLearners: settings.has(.countsLearners)),
            let termStart = leadership?.termStart, index > commitIndex,
            index >= termStart || settings.has(.countsOlderTerms)
        else { return }
        precondition(
            log.term(at: index) == currentTerm || settings.has(.countsOlderTerms),
            "entry \(index) is not of term \(currentTerm), which counts it")
        let firstCounted = max(commitIndex.next, termStart)
        let counted = LogRange(firstCounted, max(firstCounted, index.next))
        leadership?.uncommittedBytes -= log.bytes(of: counted)
        commitIndex = index
        // Thesis 4.2.2: "a leader that is removed from the configuration steps down once the Cnew entry is committed."
        if !isVoter, isConfigurationCommitted { leadership?.isSteppingDown = true }
        confirmReads(into: &effects)
    }

    /// `applied ≤ min(committed, flushed)`: an entry reaches the state machine when it is committed and this node's own
    /// log holds it durably, so that the state machine on disk is never ahead of the log on disk.
    mutating func publishApplyThrough(into effects: inout Effects) {
        let through = settings.has(.appliesBeforeSync) ? commitIndex : min(commitIndex, flushedIndex)
        if through > applyThrough {
            applyThrough = through
            effects.applyThrough = through
        }
    }

    /// The state machine has reached `index`.
    mutating func applied(_ index: LogIndex) {
        // A snapshot is in the state machine before its installation is reported.
        if index == installing?.index { return }
        precondition(index <= applyThrough, "applied through \(index), but only \(applyThrough) may be")
        appliedIndex = max(appliedIndex, index)
    }

    /// The log through `last` has left the disk, so the state machine has reached it, whichever is reported first.
    mutating func compacted(through last: LogID) {
        precondition(last.index <= applyThrough, "compacted through \(last), but only \(applyThrough) may be applied")
        appliedIndex = max(appliedIndex, last.index)
        // Nothing to do if a snapshot was installed meanwhile, which replaced the log.
        if last.index <= log.compacted.index { return }
        precondition(log.contains(last), "compacted through \(last), which is not an entry of the log")
        log.compact(through: last.index)
        memoryStart = max(memoryStart, last.index.next)
        configurations.compact(through: last.index)
    }
}
