// Elections from the candidate's side (§5.2; PreVote: thesis 9.6).
extension Raft {
    /// Only a voter campaigns, not a learner and not a server outside its own configuration. The exception is a voter
    /// whose removal or demotion is in its log but not known to be committed. Thesis 4.2.2: such a server "should still
    /// start new elections, as it might still be needed until the Cnew entry is committed": the voters that lack the
    /// entry need its vote, and it denies that vote to their shorter logs. "It does not count its own vote in elections
    /// unless it is part of its latest configuration."
    var canCampaign: Bool {
        if installing != nil || missesData || isLogStalled || isToldRemoved || isCampaigningBarred { return false }
        // A leader must know all that its cluster may write. An entry that is committed and unknown here cannot be
        // led; one that no leader has committed need not stay, or else the majority that lacks it could elect nobody.
        if let unknownEntry, unknownEntry.index <= leaderCommit { return false }
        if configuration.featureLevel > settings.featureLevel { return false }
        if isVoter { return true }
        guard !isConfigurationCommitted, let previous = configurations.previous else { return false }
        return isVoter(of: previous)
    }

    /// §5.2: "If a follower receives no communication over a period of time called the election timeout, then it
    /// assumes there is no viable leader and begins an election to choose a new leader."
    mutating func electionTimeoutElapsed(into effects: inout Effects) {
        if role == .candidate, durableHardState != hardState {
            // The disk is slow: the requests for votes have not even left. Another term would not reach it sooner.
            electionTimer.restart(at: clock)
            return
        }
        if settings.preVote {
            startPreVote(into: &effects)
        } else {
            startElection(isLeadershipTransfer: false, into: &effects)
        }
    }

    /// Thesis 9.6: "a candidate only increments its term if it first learns from a majority of the cluster that they
    /// would be willing to grant the candidate their votes".
    private mutating func startPreVote(into effects: inout Effects) {
        role = .preCandidate
        startCampaign(into: &effects)
        if isVoter { tally.note(id, granted: true) }
        let request = RequestVoteRequest(isPreVote: true, isLeadershipTransfer: false, lastLogID: log.last)
        for member in configuration.members where member.role == .voter && member.id != id {
            effects.messages.append(
                Message(from: id, to: member.id, term: campaignTerm, body: .requestVoteRequest(request)))
        }
        judgeCampaign(into: &effects)
    }

    /// §5.2: "To begin an election, a follower increments its current term and transitions to candidate state. It then
    /// votes for itself and issues RequestVote RPCs in parallel to each of the other servers in the cluster."
    ///
    /// The requests wait until term and vote are durable, and the candidate counts its own vote only then: a vote that
    /// a crash can erase is no vote.
    mutating func startElection(isLeadershipTransfer: Bool, into effects: inout Effects) {
        role = .candidate
        hardState = HardState(currentTerm: nextTerm, votedFor: id, lostData: hardState.lostData)
        effects.hardState = hardState
        startCampaign(into: &effects)
        let request = RequestVoteRequest(
            isPreVote: false, isLeadershipTransfer: isLeadershipTransfer, lastLogID: log.last)
        for member in configuration.members where member.role == .voter && member.id != id {
            effects.messagesAfterFlush.append(
                Message(from: id, to: member.id, term: currentTerm, body: .requestVoteRequest(request)))
        }
    }

    /// The term after the current one. It exists, because every term is below `Term.limit`.
    private var nextTerm: Term { Term(currentTerm.rawValue + 1) }

    /// The term that the campaign under way asks for: for a pre-candidate the one after its own.
    var campaignTerm: Term { role == .preCandidate ? nextTerm : currentTerm }

    private mutating func startCampaign(into effects: inout Effects) {
        tally = VoteTally()
        leaderID = nil
        drawElectionTimeout()
        disconnectedAttempts += 1
        electionTimer.restart(at: clock)
        effects.roleChanged = true
    }

    /// The candidate's own vote has become durable.
    mutating func ownVoteFlushed(into effects: inout Effects) {
        if isVoter { tally.note(id, granted: true) }
        judgeCampaign(into: &effects)
    }

    /// "If votes received from majority of servers: become leader" (paper, figure 2).
    mutating func judgeCampaign(into effects: inout Effects) {
        switch tally.outcome(in: configuration, halfIsEnough: settings.has(.halfElects)) {
        case .pending:
            break
        case .lost:
            // The timer keeps running: "each candidate will time out and start a new election".
            becomeFollower(term: currentTerm, leader: nil, into: &effects)
        case .won where role == .preCandidate:
            if canCampaign {
                startElection(isLeadershipTransfer: false, into: &effects)
            } else {
                // Its disk has stopped answering since it asked.
                becomeFollower(term: currentTerm, leader: nil, into: &effects)
            }
        case .won:
            // AppendEntries of a leader do not wait for a flush, so its term must be durable before it leads.
            if durableHardState == hardState { becomeLeader(into: &effects) }
        }
    }

    /// "Upon election: send initial empty AppendEntries RPCs (heartbeat) to each server" (paper, figure 2). §8: "Raft
    /// handles this by having each leader commit a blank no-op entry into the log at the start of its term", and that
    /// entry rides on the first request.
    private mutating func becomeLeader(into effects: inout Effects) {
        precondition(role == .candidate, "node \(id) wins term \(currentTerm) without being a candidate")
        role = .leader
        leaderID = id
        // No majority has it, or this server would not have been elected.
        unknownEntry = nil
        // From here on its own log says whether it is a member.
        countedIn = CountedIn()
        forgetDisconnection()
        effects.roleChanged = true
        let next = log.last.index.next
        var progress: [Progress] = []
        for member in configuration.members where member.id != id {
            // "for each server, index of the next log entry to send to that server (initialized to leader last log
            // index + 1)" (paper, figure 2).
            progress.append(
                Progress(
                    id: member.id, isVoter: member.role == .voter, nextIndex: next, sequence: 0, settings: settings))
        }
        // The no-op goes out at the end of this turn and stands for the first heartbeat.
        leadership = Leadership(
            termStart: next, startedAt: clock, progress: progress, isVoter: isVoter,
            heartbeatDeadline: clock.advanced(byNanoseconds: settings.heartbeatIntervalNanoseconds))
        appendGenerated(.noop, into: &effects)
    }

    /// Follows in `term`, under `leader` if it is known. Within a term the vote stays: forgetting it would allow a
    /// second one.
    mutating func becomeFollower(term: Term, leader: NodeID?, into effects: inout Effects) {
        precondition(term >= currentTerm, "the term would go back from \(currentTerm) to \(term)")
        let isNewTerm = term > currentTerm
        let wasLeader = role == .leader
        if role == .follower, !isNewTerm, leaderID == leader { return }
        if isNewTerm {
            hardState = HardState(currentTerm: term, votedFor: nil, lostData: hardState.lostData)
            effects.hardState = hardState
        }
        if settings.has(.forgetsVote) { hardState.votedFor = nil }
        role = .follower
        leaderID = leader
        effects.roleChanged = true
        acknowledgement = Acknowledgement(verified: commitIndex, now: clock)
        if wasLeader {
            leadership?.reads.fail(into: &effects.readsFailed)
            leadership = nil
            effects.leadershipLost = true
            drawElectionTimeout()
            electionTimer.restart(at: clock)
        }
    }
}
