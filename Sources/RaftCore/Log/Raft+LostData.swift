// A server that lost what it had acknowledged, from its own side.
//
// "currentTerm, votedFor, log: updated on stable storage before responding to RPCs" (paper, figure 2) is what every
// majority relies on. A disk that forgets breaks it: the entries that this server acknowledged may be committed with
// its help, and its vote may have elected somebody. So it takes part in no election that its lost memory could change.
extension Raft {
    /// Votes and pre-votes are out of the question: not before the log holds what it had again, and never in the term
    /// in which the loss was found, nor in an earlier one, because a vote in it may be forgotten.
    func mayVote(in term: Term) -> Bool {
        guard let lost = hardState.lostData else { return true }
        return !missesData && term > lost.term
    }

    /// The leader says that this server had acknowledged its log through `acknowledged` and has lost some of it.
    mutating func noteLoss(through acknowledged: LogID, into effects: inout Effects) {
        var lost = LostData(acknowledged: acknowledged, term: currentTerm)
        if let known = hardState.lostData, known.acknowledged.isAtLeastAsUpToDate(as: acknowledged) {
            lost.acknowledged = known.acknowledged
        }
        if lost == hardState.lostData { return }
        hardState.lostData = lost
        effects.hardState = hardState
        missesData = isShort(of: lost)
        if missesData {
            effects.dataLosses.append(
                DataLoss(node: id, acknowledged: lost.acknowledged.index, stage: .found(has: flushedIndex)))
        }
    }

    /// Looks after each step whether the loss is repaired, and forgets it once it has no consequence any more.
    mutating func settleLoss(into effects: inout Effects) {
        guard let lost = hardState.lostData else { return }
        if missesData, !isShort(of: lost) {
            missesData = false
            effects.dataLosses.append(
                DataLoss(node: id, acknowledged: lost.acknowledged.index, stage: .repaired))
        }
        if !missesData, currentTerm > lost.term {
            hardState.lostData = nil
            effects.hardState = hardState
        }
    }

    /// The durable log may lack what it had. A log that is more up-to-date lacks nothing that matters: with an entry of
    /// a later term it agrees with a leader that was elected after the loss, and "if a log entry is committed in a
    /// given term, then that entry will be present in the logs of the leaders for all higher-numbered terms" (paper,
    /// figure 3).
    func isShort(of lost: LostData) -> Bool {
        guard let term = log.term(at: flushedIndex) else {
            preconditionFailure("flushed through \(flushedIndex), which lies outside the log up to \(log.last)")
        }
        return !LogID(index: flushedIndex, term: term).isAtLeastAsUpToDate(as: lost.acknowledged)
    }
}
