internal import RaftCore
internal import Testing

@Suite("§5.2 Leader election")
struct ElectionTests {
    @Test("§5.2 Servers start up as followers")
    func startsAsFollower() {
        let node = SimulatedNode(log: [1, 2], vote: "b")

        #expect(node.raft.role == .follower)
        #expect(node.raft.leaderID == nil)
        #expect(node.raft.hardState == HardState(currentTerm: Term(2), votedFor: "b"))
    }

    @Test("§5.2 Election timeouts are random within [min, 2 × min), and differ between servers")
    func timeoutsAreRandom() {
        var drawn: [UInt64] = []
        for seed in 1...200 {
            let node = SimulatedNode(seed: UInt64(seed))
            let timeout = node.raft.nextDeadline?.nanoseconds(since: node.now) ?? 0
            #expect(timeout >= 500_000_000)
            #expect(timeout < 1_000_000_000)
            if !drawn.contains(timeout) { drawn.append(timeout) }
        }
        #expect(drawn.count > 190)
        #expect((drawn.min() ?? 0) < 520_000_000)
        #expect((drawn.max() ?? 0) > 980_000_000)
    }

    @Test("§5.2 A follower that receives no communication over the election timeout campaigns")
    func campaignsAfterTimeout() {
        let node = SimulatedNode()
        node.pass(milliseconds: 499)

        node.step(.timeElapsed)
        #expect(node.raft.role == .follower)

        node.timeOut()
        #expect(node.raft.role == .preCandidate)
    }

    @Test("A server that learns that its data are wrong gives its candidacy up, and keeps term and vote")
    func barredCandidate() {
        for role: Raft.Role in [.preCandidate, .candidate] {
            let node = SimulatedNode()
            node.timeOut()
            if role == .candidate { node.campaign() }
            #expect(node.raft.role == role)
            let hardState = node.raft.hardState
            node.step(.campaigningBarred(true))
            #expect(node.raft.role == .follower && node.raft.leaderID == nil)
            #expect(node.raft.hardState == hardState)
            node.timeOut()
            #expect(node.raft.role == .follower)
        }
    }

    @Test("§5.2 A server remains a follower as long as it receives valid requests from a leader")
    func heartbeatsKeepFollowing() {
        let node = SimulatedNode()

        for sequence in 1...50 {
            node.pass(milliseconds: 400)
            node.append(term: 1, sequence: UInt64(sequence))
            node.step(.timeElapsed)
            #expect(node.raft.role == .follower)
        }
        #expect(node.raft.leaderID == "b")
        #expect(node.raft.lastLeaderContact == node.now)
    }

    @Test("§5.2 A candidate increments its term, votes for itself and asks every other voter, once that is durable")
    func campaign() {
        let node = SimulatedNode(voters: ["a", "b", "c"], learners: ["d"], log: [1, 1], term: 4)
        node.timeOut()

        let effects = node.receive(.vote(preVote: true, term: 5, granted: true), from: "c", term: 4)

        #expect(node.raft.role == .candidate)
        #expect(node.raft.hardState == HardState(currentTerm: Term(5), votedFor: "a"))
        #expect(effects.hardState == node.raft.hardState)
        #expect(effects.messages.isEmpty)
        #expect(effects.messagesAfterFlush.map(\.to) == ["b", "c"])
        #expect(effects.messagesAfterFlush.allSatisfy { $0.term == Term(5) })
        #expect(effects.voteRequests.allSatisfy { $0.lastLogID == .at(2, 1) && !$0.isPreVote })
    }

    @Test("§5.2 A candidate wins by the votes of a majority of all voters", arguments: 2...7)
    func winsByMajority(size: Int) {
        let voters = ["a", "b", "c", "d", "e", "f", "g"].prefix(size).map { NodeID($0) }
        let node = SimulatedNode(voters: voters)
        node.campaign()
        let term = node.raft.currentTerm.rawValue

        var votes = 1
        for voter in voters.dropFirst() where node.raft.role == .candidate {
            #expect(votes < size / 2 + 1)
            node.receive(.vote(term: term, granted: true), from: voter, term: term)
            votes += 1
        }
        #expect(votes == size / 2 + 1)
        #expect(node.raft.role == .leader)
        #expect(node.raft.leaderID == "a")
    }

    @Test("§5.2 Only votes of voters for this very term count, each once")
    func countsEachVoteOnce() {
        let node = SimulatedNode(voters: ["a", "b", "c", "d", "e"], learners: ["l"])
        node.campaign()

        for (voter, requestTerm) in [("b", 1), ("b", 1), ("l", 1), ("x", 1), ("c", 0)] as [(NodeID, UInt64)] {
            node.receive(.vote(term: requestTerm, granted: true), from: voter, term: 1)
        }
        node.receive(.vote(preVote: true, term: 1, granted: true), from: "c", term: 1)
        node.receive(.vote(term: 1, granted: true), from: "d", term: 0)
        #expect(node.raft.role == .candidate)

        node.receive(.vote(term: 1, granted: true), from: "d", term: 1)
        #expect(node.raft.role == .leader)
    }

    @Test("Figure 2: a candidate counts its own vote only when it is durable")
    func ownVoteMustBeDurable() {
        var settings = RaftSettings()
        settings.preVote = false
        let node = SimulatedNode(settings: settings)
        node.timeOut()

        node.receive(.vote(term: 1, granted: true), from: "b", term: 1)
        #expect(node.raft.role == .candidate)
        node.step(.flushed(FlushNotice(epoch: 0, lastLogID: .zero, hardState: HardState())))
        #expect(node.raft.role == .candidate)

        let effects = node.flush()
        #expect(node.raft.role == .leader)
        #expect(effects.appended == LogRange(LogIndex(1), LogIndex(2)))
    }

    @Test("A candidate whose vote is still being written does not campaign anew: the next term would not be faster")
    func slowDisk() {
        let node = SimulatedNode(voters: ["a"])
        node.timeOut()
        #expect(node.raft.role == .candidate)

        for _ in 0..<5 { #expect(node.timeOut().hardState == nil) }

        #expect(node.raft.currentTerm == Term(1))
        node.flush()
        #expect(node.raft.role == .leader)
    }

    @Test("§5.2 A single voter elects itself at once and without messages, when its vote is durable")
    func singleVoter() {
        let node = SimulatedNode(voters: ["a"], log: [3])

        let campaign = node.timeOut()
        #expect(node.now.nanoseconds == 1_000_000_000)
        #expect(node.raft.role == .candidate)
        #expect(campaign.hardState == HardState(currentTerm: Term(4), votedFor: "a"))

        let election = node.flush()
        #expect(node.raft.role == .leader)
        #expect(election.generated.map(\.content) == [.noop])
        #expect(node.raft.commitIndex == .zero)

        let commit = node.flush()
        #expect(commit.applyThrough == LogIndex(2))
        #expect(node.raft.hasCommittedInCurrentTerm == true)
        #expect(campaign.messages.isEmpty && election.messages.isEmpty)
        #expect(campaign.messagesAfterFlush.isEmpty && node.endTurn().messages.isEmpty)
        #expect(node.raft.nextDeadline == nil)
    }

    @Test("§5.2 Each server votes for at most one candidate per term, first come, first served")
    func votesOncePerTerm() {
        let node = SimulatedNode()

        let first = node.receive(.requestVote(last: .zero), from: "b", term: 1)
        let second = node.receive(.requestVote(last: .zero), from: "c", term: 1)
        let again = node.receive(.requestVote(last: .zero), from: "b", term: 1)

        #expect(first.votes.map(\.voteGranted) == [true])
        #expect(first.hardState == HardState(currentTerm: Term(1), votedFor: "b"))
        #expect(second.votes.map(\.voteGranted) == [false])
        #expect(again.votes.map(\.voteGranted) == [true])
        #expect(again.hardState == nil)
    }

    @Test("Figure 2: a vote is durable before it is given, and survives a restart")
    func voteIsDurable() {
        let node = SimulatedNode()

        let early = node.receive(.requestVote(last: .zero), from: "b", term: 1)
        node.flush()
        let late = node.receive(.requestVote(last: .zero), from: "b", term: 1)
        let restarted = SimulatedNode(term: 1, vote: "b")
        let other = restarted.receive(.requestVote(last: .at(9, 1)), from: "c", term: 1)

        #expect(early.messages.isEmpty)
        #expect(early.messagesAfterFlush.count == 1)
        #expect(late.messages.count == 1)
        #expect(other.votes.map(\.voteGranted) == [false])
    }

    @Test("Figure 2: a vote waits for its own flush, even in a term that is durable already")
    func voteInDurableTerm() {
        let node = SimulatedNode(term: 4)

        let effects = node.receive(.requestVote(last: .zero), from: "b", term: 4)

        #expect(effects.messages.isEmpty)
        #expect(effects.messagesAfterFlush.count == 1)
        #expect(effects.hardState == HardState(currentTerm: Term(4), votedFor: "b"))
    }

    @Test("§5.2 Stepping down within a term does not forget the vote")
    func steppingDownKeepsTheVote() {
        let candidate = SimulatedNode()
        candidate.campaign()
        candidate.append(from: "b", term: 1)
        #expect(candidate.raft.role == .follower)
        #expect(candidate.raft.hardState.votedFor == "a")

        let preCandidate = SimulatedNode(term: 4, vote: "c")
        preCandidate.timeOut()
        preCandidate.append(from: "c", term: 4)
        #expect(preCandidate.raft.role == .follower)
        #expect(preCandidate.raft.hardState.votedFor == "c")
    }

    @Test("§5.2 A candidate recognises a leader of its term and returns to follower; it rejects an older one")
    func candidateMeetsLeader() {
        let node = SimulatedNode(term: 2)
        node.campaign()

        let stale = node.append(from: "b", term: 2)
        #expect(node.raft.role == .candidate)
        #expect(stale.messages.first?.term == Term(3))

        node.append(from: "c", term: 3)
        #expect(node.raft.role == .follower)
        #expect(node.raft.leaderID == "c")
    }

    @Test("§5.2 When votes are split, the candidate times out and starts a new election with the next term")
    func splitVote() {
        let node = SimulatedNode()
        node.campaign()
        node.receive(.vote(term: 1, granted: false), from: "b", term: 1)
        #expect(node.raft.role == .candidate)
        node.receive(.vote(term: 1, granted: false), from: "c", term: 1)
        #expect(node.raft.role == .follower)

        node.campaign()
        #expect(node.raft.role == .candidate)
        #expect(node.raft.currentTerm == Term(2))
        let deadline = node.raft.nextDeadline ?? node.now
        #expect(deadline.nanoseconds(since: node.now) >= 500_000_000)
    }

    @Test("Figure 2: granting a vote puts off an own campaign, denying one does not")
    func grantingRestartsTimer() {
        let granting = SimulatedNode()
        let denying = SimulatedNode(log: [1, 1])
        granting.pass(milliseconds: 450)
        denying.pass(milliseconds: 450)
        let before = denying.raft.nextDeadline

        granting.receive(.requestVote(last: .zero), from: "b", term: 5)
        denying.receive(.requestVote(last: .zero), from: "b", term: 5)

        #expect((granting.raft.nextDeadline ?? granting.now).nanoseconds(since: granting.now) >= 500_000_000)
        #expect(denying.raft.nextDeadline == before)
    }

    @Test("§5.2 A leader sends heartbeats to all, at once and in every interval")
    func heartbeats() {
        let node = SimulatedNode(voters: ["a", "b", "c"], learners: ["d"])
        node.lead()

        let first = node.endTurn()
        #expect(first.requests.count == 3)
        #expect(node.endTurn().messages.isEmpty)
        node.timeOut()
        let second = node.endTurn()
        #expect(second.messages.map(\.to) == ["b", "c", "d"])
        #expect(second.requests.allSatisfy { $0.range.isEmpty })
        #expect(node.now.nanoseconds(since: Instant(nanoseconds: 1_000_000_000)) >= 100_000_000)
    }

    @Test("Thesis 6.2: a leader that does not hear from a majority for an election timeout steps down")
    func checkQuorum() {
        let node = SimulatedNode(voters: ["a", "b", "c", "d", "e"], learners: ["l"])
        node.leadAndCommit()

        for _ in 0..<10 {
            node.timeOut()
            node.endTurn()
            node.matchAll(by: "b")
            node.matchAll(by: "c")
        }
        #expect(node.raft.role == .leader)

        var effects = Effects()
        for _ in 0..<7 where node.raft.role == .leader {
            effects = node.timeOut()
            node.endTurn()
            node.matchAll(by: "b")
            node.matchAll(by: "l")
        }
        #expect(node.raft.role == .follower)
        #expect(node.raft.currentTerm == Term(1))
        #expect(effects.leadershipLost)
    }

    @Test("Without CheckQuorum a leader stays in office")
    func withoutCheckQuorum() {
        var settings = RaftSettings()
        settings.checkQuorum = false
        let node = SimulatedNode(settings: settings)
        node.leadAndCommit()

        for _ in 0..<50 { node.timeOut() }

        #expect(node.raft.role == .leader)
    }

    @Test("A node that belongs to no cluster waits to be contacted, and then follows")
    func freshJoiner() {
        let node = SimulatedNode(voters: [])
        #expect(node.raft.nextDeadline == nil)
        node.pass(milliseconds: 100_000)
        node.step(.timeElapsed)
        #expect(node.raft.role == .follower)

        node.append([1], from: "b", term: 1)
        #expect(node.raft.leaderID == "b")
        #expect(node.raft.lastLogID == .at(1, 1))
        #expect(node.raft.nextDeadline == nil)
    }

    @Test(
        "A closed connection to the leader shortens the wait; the wait doubles with each attempt up to the normal one")
    func disconnectedLeader() {
        let node = SimulatedNode()
        node.append(from: "b", term: 1)
        node.step(.peerUnreachable("c"))
        #expect((node.raft.nextDeadline ?? node.now).nanoseconds(since: node.now) >= 500_000_000)

        node.step(.peerUnreachable("b"))
        var waits: [UInt64] = []
        for _ in 0..<6 {
            waits.append((node.raft.nextDeadline ?? node.now).nanoseconds(since: node.now) / 1_000_000)
            node.timeOut()
            #expect(node.raft.role == .preCandidate)
        }
        let least: [UInt64] = [50, 50, 100, 200, 400, 500]
        for (wait, least) in zip(waits, least) {
            #expect(wait >= least)
            #expect(wait < 2 * least)
        }

        node.append(from: "b", term: 1)
        #expect((node.raft.nextDeadline ?? node.now).nanoseconds(since: node.now) >= 500_000_000)
    }
}
