// A server that lost what it had acknowledged, from its own side.
//
// "currentTerm, votedFor, log: updated on stable storage before responding to RPCs" (paper, figure 2) is what every
// majority relies on. A disk that forgets breaks it: the entries that this server acknowledged may be committed with
// its help, and its vote may have elected somebody. So it decides no election in a way that its lost memory could have
// forbidden.
extension Raft {
    /// Whether a vote or pre-vote is possible for a candidate whose log ends at `candidateLast`: never in the term in
    /// which the loss was found, nor in an earlier one, because a vote in it may be forgotten, and while the log is
    /// short only for a candidate that has at least what this server had.
    ///
    /// That is a vote that this server would have given without the loss. Nothing after what it had acknowledged was
    /// ever counted by the leader that found the loss, so whatever was committed with its help lies within that. An
    /// undamaged log that ends there denies its vote to each candidate that may lack some of it (§5.4.1), and so does
    /// this one. Without such votes a cluster whose leader dies during the repair would have no leader ever again,
    /// although a majority is up and one of it has everything.
    func mayVote(forLogEndingAt candidateLast: LogID, in term: Term) -> Bool {
        guard let lost = hardState.lostData, !settings.has(.votesAfterLoss) else { return true }
        return term > lost.term && (!missesData || candidateLast.isAtLeastAsUpToDate(as: lost.acknowledged))
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
