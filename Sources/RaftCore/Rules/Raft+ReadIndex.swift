// Linearizable reads without log entries (thesis 6.4).
extension Raft {
    mutating func readIndex(_ read: ReadID, into effects: inout Effects) {
        guard role == .leader else {
            effects.readsFailed.append(read)
            return
        }
        leadership?.reads.register(read)
        confirmReads(into: &effects)
    }

    /// Thesis 6.4: "If the leader has not yet marked an entry from its current term committed, it waits until it has
    /// done so. ... The leader needs to make sure it hasn't been superseded by a newer leader of which it is unaware.
    /// It issues a new round of heartbeats and waits for their acknowledgments from a majority of the cluster."
    ///
    /// The read index is the commit index when the round is opened, which is not below that of the reads' arrival.
    mutating func openReadRound() {
        guard hasCommittedInCurrentTerm || settings.has(.readsBeforeCommit), leadership?.reads.isRoundInFlight == false,
            leadership?.reads.waiting.isEmpty == false
        else { return }
        leadership?.reads.openRound(commitIndex: commitIndex)
    }

    /// Completes the round in flight if a majority has answered it. A leader that is the only voter asks nobody.
    mutating func confirmReads(into effects: inout Effects) {
        if leadership?.isVoter == true, leadership?.quorum == 1 || settings.has(.readsWithoutRound) { openReadRound() }
        guard leadership?.reads.isRoundInFlight == true, let round = leadership?.reads.round,
            leadership?.isConfirmed(readRound: round) == true || settings.has(.readsWithoutRound)
        else { return }
        leadership?.reads.closeRound(into: &effects.readsReady)
    }
}
