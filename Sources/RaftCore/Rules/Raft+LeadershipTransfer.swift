// Handing leadership to another voter (thesis 3.10).
extension Raft {
    /// Thesis 3.10: "1. The prior leader stops accepting new client requests. 2. The prior leader fully updates the
    /// target server's log to match its own. 3. The prior leader sends a TimeoutNow request to the target server."
    /// Ignored without a voter to hand over to, for one that lost data and so may not campaign, and while another
    /// transfer is under way.
    mutating func transferLeadership(to target: NodeID?, into effects: inout Effects) {
        guard role == .leader, !isLeadershipTransferInProgress else { return }
        guard let target = target ?? bestSuccessor, let progress = leadership?.progress(of: target), progress.isVoter,
            progress.lostThrough == nil
        else { return }
        let deadline = clock.advanced(byNanoseconds: settings.transferTimeoutNanoseconds)
        leadership?.transfer = LeadershipTransfer(target: target, deadline: deadline)
        sendTimeoutNowIfCaughtUp(into: &effects)
    }

    private var bestSuccessor: NodeID? {
        leadership?.bestSuccessor(activeWithin: settings.electionTimeoutNanosecondsMin, now: clock)
    }

    /// Sends TimeoutNow once the target's log is complete, and again with each heartbeat, as it may be lost.
    mutating func sendTimeoutNowIfCaughtUp(into effects: inout Effects) {
        guard let target = leadership?.transfer?.target,
            leadership?.progress(of: target)?.matchIndex == log.last.index
        else { return }
        send(.timeoutNow(TimeoutNow(lastLogID: log.last)), to: target, into: &effects)
    }
}
