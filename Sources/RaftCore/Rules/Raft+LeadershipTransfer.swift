/// A leadership transfer under way (thesis 3.10).
struct LeadershipTransfer: Sendable {
    var target: NodeID
    /// "If leadership transfer does not complete after about an election timeout, the prior leader aborts the transfer
    /// and resumes accepting client requests."
    var deadline: Instant
}

extension Raft {
    /// Thesis 3.10: "1. The prior leader stops accepting new client requests. 2. The prior leader fully updates the
    /// target server's log to match its own. 3. The prior leader sends a TimeoutNow request to the target server."
    /// Ignored without a voter to hand over to, and while another transfer is under way.
    mutating func transferLeadership(to target: NodeID?, into effects: inout Effects) {
        guard role == .leader, !isLeadershipTransferInProgress else { return }
        guard let target = target ?? bestSuccessor, let position = leadership?.position(of: target),
            leadership?.progress[position].isVoter == true
        else { return }
        let deadline = clock.advanced(byNanoseconds: settings.transferTimeoutNanoseconds)
        leadership?.transfer = LeadershipTransfer(target: target, deadline: deadline)
        sendTimeoutNowIfCaughtUp(into: &effects)
    }

    /// The most up-to-date voter, preferably one that answers.
    private var bestSuccessor: NodeID? {
        var best: Progress?
        for position in 0..<(leadership?.progress.count ?? 0) {
            guard let progress = leadership?.progress[position], progress.isVoter else { continue }
            guard let known = best else {
                best = progress
                continue
            }
            let isActive = isRecentlyActive(progress)
            let isBetter =
                isActive == isRecentlyActive(known)
                ? progress.matchIndex > known.matchIndex : isActive
            if isBetter { best = progress }
        }
        return best?.id
    }

    /// Sends TimeoutNow once the target's log is complete, and again with each heartbeat, as it may be lost.
    mutating func sendTimeoutNowIfCaughtUp(into effects: inout Effects) {
        guard let target = leadership?.transfer?.target, let position = leadership?.position(of: target),
            leadership?.progress[position].matchIndex == log.last.index
        else { return }
        send(.timeoutNow(TimeoutNow(lastLogID: log.last)), to: target, into: &effects)
    }

    /// Thesis 3.10: "This request has the same effect as the target server's election timer firing: the target server
    /// starts a new election (incrementing its term and becoming a candidate)." A pre-vote would fail, as the others
    /// still hear from the leader.
    mutating func receive(_ request: TimeoutNow, _ message: Message, into effects: inout Effects) {
        guard role == .follower, leaderID == message.from, canCampaign else { return }
        guard request.lastLogID == log.last, flushedIndex == log.last.index else { return }
        startElection(isLeadershipTransfer: true, into: &effects)
    }
}
