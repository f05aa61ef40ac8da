extension Raft {
    /// "If there exists an N such that N > commitIndex, a majority of matchIndex[i] ≥ N, and log[N].term ==
    /// currentTerm: set commitIndex = N" (paper, figure 2).
    ///
    /// §5.4.2: "Raft never commits log entries from previous terms by counting replicas. Only log entries from the
    /// leader's current term are committed by counting replicas." Leader only.
    mutating func advanceCommitIndex(into effects: inout Effects) {
        guard let index = leadership?.quorumMatchIndex(flushed: flushedIndex), let termStart = leadership?.termStart,
            index > commitIndex, index >= termStart
        else { return }
        precondition(
            log.term(at: index) == currentTerm, "entry \(index) is not of term \(currentTerm), which counts it")
        let firstCounted = max(commitIndex.next, termStart)
        leadership?.uncommittedBytes -= log.bytes(of: LogRange(firstCounted, index.next))
        commitIndex = index
        // Thesis 4.2.2: "a leader that is removed from the configuration steps down once the Cnew entry is committed."
        if !isVoter, isConfigurationCommitted { leadership?.isSteppingDown = true }
        confirmReads(into: &effects)
    }
}
