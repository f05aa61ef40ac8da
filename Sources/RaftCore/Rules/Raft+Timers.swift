// Time passes, and connections close.
extension Raft {
    mutating func timeElapsed(into effects: inout Effects) {
        if role == .leader {
            leaderTimeElapsed(into: &effects)
        } else if canCampaign, clock >= electionTimer.deadline {
            electionTimeoutElapsed(into: &effects)
        }
    }

    private mutating func leaderTimeElapsed(into effects: inout Effects) {
        if let deadline = leadership?.transfer?.deadline, clock >= deadline { leadership?.transfer = nil }
        guard leadership?.isHeartbeatOverdue(at: clock) == true else { return }
        // Thesis 6.2: "a leader in Raft steps down if an election timeout elapses without a successful round of
        // heartbeats to a majority of its cluster".
        if settings.checkQuorum, !hearsFromQuorum {
            becomeFollower(term: currentTerm, leader: nil, into: &effects)
            return
        }
        stepDownIfStalled(into: &effects)
        guard role == .leader else { return }
        leadership?.beat(next: clock.advanced(byNanoseconds: settings.heartbeatIntervalNanoseconds))
        sendTimeoutNowIfCaughtUp(into: &effects)
    }

    private var hearsFromQuorum: Bool {
        leadership?.hearsFromQuorum(within: settings.electionTimeoutNanosecondsMin, now: clock) ?? false
    }

    /// A leader was heard from: "if election timeout elapses without receiving AppendEntries RPC from current leader or
    /// granting vote to candidate: convert to candidate" (paper, figure 2).
    mutating func didHearFromLeader() {
        lastLeaderContact = clock
        forgetDisconnection()
        electionTimer.restart(at: clock)
    }

    /// The connection from `peer` closed. As a follower: when a leader's process dies, its connections close at once,
    /// long before the election timeout; PreVote keeps a wrong guess harmless. As a leader: what was in flight may be
    /// lost.
    mutating func peerUnreachable(_ peer: NodeID) {
        if role == .leader {
            leadership?.didDisconnect(peer, keepsRead: settings.has(.awaitsLostRead))
        } else if peer == leaderID {
            isLeaderUnreachable = true
            drawElectionTimeout()
            electionTimer.shorten(at: clock)
        }
    }

    /// A leader is at work again, or may soon be: back to the normal election timeout.
    mutating func forgetDisconnection() {
        disconnectedAttempts = 0
        if isLeaderUnreachable {
            isLeaderUnreachable = false
            drawElectionTimeout()
        }
    }

    /// Draws the timeout for the next wait. While the leader's connection is known to be closed the draws start short
    /// and double with each attempt, up to the normal timeout.
    mutating func drawElectionTimeout() {
        var least = settings.electionTimeoutNanosecondsMin
        if isLeaderUnreachable {
            let factor = UInt64(1) << UInt64(min(disconnectedAttempts, 16))
            let (short, overflow) = settings.disconnectedElectionTimeoutNanosecondsMin
                .multipliedReportingOverflow(by: factor)
            if !overflow { least = min(least, short) }
        }
        electionTimer.draw(minNanoseconds: least)
    }
}
