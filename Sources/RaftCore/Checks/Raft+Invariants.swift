// The invariants, which hold after every step. The cheap part stays in release builds: a server that breaks one of
// these must stop before it answers anybody.
extension Raft {
    func checkInvariants() {
        precondition(log.compacted.index <= commitIndex, "compacted \(log.compacted) beyond commit \(commitIndex)")
        precondition(commitIndex <= log.last.index, "commit \(commitIndex) beyond the last entry \(log.last)")
        precondition(flushedIndex <= log.last.index, "flushed \(flushedIndex) beyond the last entry \(log.last)")
        precondition(flushedIndex >= log.compacted.index, "flushed \(flushedIndex) below compacted \(log.compacted)")
        precondition(
            log.sizesStart <= min(memoryStart, commitIndex.next),
            "sizes are known from \(log.sizesStart) on, memory begins at \(memoryStart), commit \(commitIndex)")
        precondition(memoryStart <= log.last.index.next, "memory begins at \(memoryStart), after \(log.last)")
        precondition(appliedIndex <= commitIndex, "applied \(appliedIndex) beyond commit \(commitIndex)")
        precondition(appliedIndex <= flushedIndex, "applied \(appliedIndex) beyond flushed \(flushedIndex)")
        precondition(log.last.term <= currentTerm, "the last entry \(log.last) is of a term after \(currentTerm)")
        precondition(
            durableHardState.currentTerm <= currentTerm,
            "term \(durableHardState.currentTerm) is durable, after the current term \(currentTerm)")
        precondition(
            acknowledgement.verified <= log.last.index || role != .follower,
            "verified \(acknowledgement.verified) beyond the last entry \(log.last)")
        precondition(
            acknowledgement.verified >= commitIndex || role != .follower,
            "verified \(acknowledgement.verified) falls short of commit \(commitIndex)")
        precondition(
            hardState.lostData.map { $0.term <= currentTerm } ?? true, "a loss was found after term \(currentTerm)")
        precondition(
            installing.map { $0.index > commitIndex } ?? true,
            "a snapshot is being installed that ends at or below commit \(commitIndex)")
        if role == .leader { checkLeaderInvariants() }
        assert(leadership == nil || role == .leader, "leadership outlives the role")
        assert(log.isConsistent, "the term runs of the log are inconsistent")
        assert(isVoter == isVoter(of: configuration), "the cached role in the configuration is outdated")
    }

    private func checkLeaderInvariants() {
        precondition(durableHardState == hardState, "node \(id) leads term \(currentTerm) without a durable vote")
        precondition(hardState.votedFor == id, "node \(id) leads term \(currentTerm) without its own vote")
        precondition(installing == nil, "node \(id) leads while a snapshot replaces its log")
        leadership?.checkProgress(last: log.last.index)
        assert(uncommittedBytes == uncommittedBytesCounted, "\(uncommittedBytes) uncommitted bytes are miscounted")
    }

    private var uncommittedBytesCounted: Int {
        guard let termStart = leadership?.termStart else { return 0 }
        let first = max(commitIndex.next, termStart)
        return log.bytes(of: LogRange(first, max(first, log.last.index.next)))
    }
}

extension Leadership {
    fileprivate func checkProgress(last: LogIndex) {
        for position in progress.indices {
            precondition(
                progress[position].matchIndex < progress[position].nextIndex,
                "\(progress[position].id): match \(progress[position].matchIndex) reaches next")
            precondition(
                progress[position].nextIndex <= last.next,
                "\(progress[position].id): next \(progress[position].nextIndex) beyond the last entry \(last)")
            assert(progress[position].inflights.isConsistent, "\(progress[position].id): the window is miscounted")
        }
    }
}
