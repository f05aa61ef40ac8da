// Log replication from the leader's side (§5.3; pipelining: thesis 10.2).
extension Raft {
    /// Sends to every other member what became due in this turn.
    mutating func sendAppendEntries(into effects: inout Effects) {
        openReadRound()
        guard let count = leadership?.progress.count, let round = leadership?.reads.round,
            let isHeartbeatDue = leadership?.isHeartbeatDue
        else { return }
        let turn = ReplicationTurn(
            leader: id, term: currentTerm, commitIndex: commitIndex, readRound: round, isHeartbeatDue: isHeartbeatDue,
            now: clock, settings: settings)
        for position in 0..<count { leadership?.progress[position].send(turn, log: log, into: &effects) }
        leadership?.isHeartbeatDue = false
        if leadership?.isSteppingDown == true {
            becomeFollower(term: currentTerm, leader: nil, into: &effects)
        }
    }

    // MARK: Answers

    /// An answer of a follower in this leader's term. It may be old, repeated or out of order: nothing that it says can
    /// lower what is known, and it counts only if it agrees with the leader's own log.
    mutating func receive(_ response: AppendEntriesResponse, _ message: Message, into effects: inout Effects) {
        guard role == .leader, let position = leadership?.position(of: message.from),
            let sent = leadership?.progress[position].sequence, response.sequence <= sent,
            let floor = leadership?.progress[position].sequenceFloor, floor == 0 || response.sequence > floor,
            let round = leadership?.reads.round, response.readRound <= round
        else { return }
        if case .matched(let last) = response.result, !isCredible(last) { return }
        leadership?.progress[position].lastResponse = clock
        leadership?.progress[position].confirm(readRound: response.readRound)
        switch response.result {
        case .matched(let last):
            let isNews = leadership?.progress[position].didMatch(last.index, compacted: log.compacted.index)
            if isNews == true {
                advanceCommitIndex(into: &effects)
                if leadership?.transfer?.target == message.from { sendTimeoutNowIfCaughtUp(into: &effects) }
            }
        case .conflict(let rejected, let hint):
            // §5.3: "After a rejection, the leader decrements nextIndex and retries the AppendEntries RPC." Of the
            // leader's entries up to the hint, those of a later term than the hint's cannot match either.
            let candidate = log.lastID(atOrBelow: hint.index, termAtMost: hint.term)
            _ = leadership?.progress[position].didConflict(
                rejected: rejected.index, candidate: min(candidate.index, hint.index), sequence: response.sequence)
        }
        confirmReads(into: &effects)
    }

    /// Whether a follower of this leader can hold `last` as a matching entry: the leader must hold the very same.
    /// Entries that have left the leader's log are committed.
    private func isCredible(_ last: LogID) -> Bool {
        last.index < log.compacted.index || log.contains(last)
    }

    mutating func followerUnreachable(_ follower: NodeID) {
        guard let position = leadership?.position(of: follower) else { return }
        if leadership?.transfer?.target == follower { leadership?.transfer = nil }
        if leadership?.progress[position].state == .replicate {
            leadership?.progress[position].becomeProbe(next: .zero)
            // Nothing can be sent before the connection is back, which the next heartbeat will tell.
            leadership?.progress[position].isPaused = true
        }
    }
}
