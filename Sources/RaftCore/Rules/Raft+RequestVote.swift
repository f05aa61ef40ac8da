// Elections from the voter's side.
extension Raft {
    /// A current leader is alive: this server is one, or has heard from it within the minimum election timeout and its
    /// connection is not known to be closed. With CheckQuorum a leader would have stepped down otherwise.
    var hearsFromLeader: Bool {
        if role == .leader { return settings.checkQuorum }
        guard leaderID != nil, !isLeaderUnreachable, let lastLeaderContact else { return false }
        return clock.nanoseconds(since: lastLeaderContact) < settings.electionTimeoutNanosecondsMin
    }

    /// "Receiver implementation: 1. Reply false if term < currentTerm. 2. If votedFor is null or candidateId, and
    /// candidate's log is at least as up-to-date as receiver's log, grant vote" (paper, figure 2).
    ///
    /// Any server votes when asked, also a learner or one outside its own configuration, and for anyone: the entry that
    /// made a voter of either may not have arrived. Thesis 4.1: "servers process incoming RPC requests without
    /// consulting their current configurations."
    mutating func receive(_ request: RequestVoteRequest, _ message: Message, into effects: inout Effects) {
        if request.isPreVote {
            receivePreVote(request, message, into: &effects)
            return
        }
        guard message.term == currentTerm else {
            answer(request, message, granted: false, into: &effects)
            return
        }
        let isFree = hardState.votedFor == nil || hardState.votedFor == message.from
        // §5.4.1: "the voter denies its vote if its own log is more up-to-date than that of the candidate."
        guard isFree, !abstains, mayVote(forLogEndingAt: request.lastLogID, in: currentTerm),
            request.lastLogID.isAtLeastAsUpToDate(as: log.last) || settings.has(.ignoresLogInVote)
        else {
            answer(request, message, granted: false, into: &effects)
            return
        }
        // A pre-candidate that votes for another gives way to it.
        becomeFollower(term: currentTerm, leader: leaderID, into: &effects)
        if hardState.votedFor == nil {
            hardState.votedFor = message.from
            effects.hardState = hardState
        }
        // Granting a vote puts off an own campaign (paper, figure 2), by a whole timeout.
        forgetDisconnection()
        electionTimer.restart(at: clock)
        answer(request, message, granted: true, into: &effects)
    }

    /// While a server is down its disk may go back to an older copy of itself, with every witness of what it forgot.
    /// Only a leader can find that out (`noteLoss`). So whoever has just started waits as long as a leader may take to
    /// be heard from.
    private var abstains: Bool {
        clock < abstainsUntil && lastLeaderContact == nil && !settings.has(.votesAtStart)
    }

    /// Thesis 9.6: granted "if the candidate's log is sufficiently up-to-date, and the voters have not received
    /// heartbeats from a valid leader for at least a baseline election timeout". It changes no state, not even the
    /// election timer.
    private mutating func receivePreVote(
        _ request: RequestVoteRequest, _ message: Message, into effects: inout Effects
    ) {
        if hearsFromLeader, !request.isLeadershipTransfer, message.term >= currentTerm { return }
        // A request for the current term comes from a server that is one term behind; the refusal lets it know.
        let granted =
            message.term > currentTerm && !abstains && mayVote(forLogEndingAt: request.lastLogID, in: message.term)
            && (request.lastLogID.isAtLeastAsUpToDate(as: log.last) || settings.has(.ignoresLogInVote))
        answer(request, message, granted: granted, into: &effects)
    }

    /// "currentTerm, votedFor, log: updated on stable storage before responding to RPCs" (paper, figure 2). A granted
    /// vote depends on both, any other answer on the term alone.
    private func answer(
        _ request: RequestVoteRequest, _ message: Message, granted: Bool, into effects: inout Effects
    ) {
        let response = RequestVoteResponse(
            isPreVote: request.isPreVote, requestTerm: message.term, voteGranted: granted)
        if granted, !request.isPreVote, durableHardState != hardState {
            effects.messagesAfterFlush.append(
                Message(from: id, to: message.from, term: currentTerm, body: .requestVoteResponse(response)))
        } else {
            send(.requestVoteResponse(response), to: message.from, into: &effects)
        }
    }
}
