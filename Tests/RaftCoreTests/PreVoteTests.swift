internal import RaftCore
internal import Testing

@Suite("Thesis 9.6 and 4.2.3: elections that disturb nobody")
struct PreVoteTests {
    @Test("9.6 A pre-candidate changes no term and no vote, and asks for the next term")
    func preCandidateChangesNothing() {
        let node = SimulatedNode(log: [1, 2], term: 3, vote: "b")

        let effects = node.timeOut()

        #expect(node.raft.role == .preCandidate)
        #expect(node.raft.hardState == HardState(currentTerm: Term(3), votedFor: "b"))
        #expect(effects.hardState == nil)
        #expect(effects.messages.map(\.term) == [Term(4), Term(4)])
        #expect(effects.voteRequests.allSatisfy { $0.isPreVote && $0.lastLogID == .at(2, 2) })
    }

    @Test("9.6 Only a majority of granted pre-votes starts an election")
    func needsMajority() {
        let node = SimulatedNode(voters: ["a", "b", "c", "d", "e"], learners: ["l"])
        node.timeOut()

        node.receive(.vote(preVote: true, term: 1, granted: true), from: "b", term: 0)
        node.receive(.vote(preVote: true, term: 1, granted: true), from: "b", term: 0)
        node.receive(.vote(preVote: true, term: 1, granted: true), from: "l", term: 0)
        node.receive(.vote(preVote: false, term: 1, granted: true), from: "c", term: 0)
        node.receive(.vote(preVote: true, term: 0, granted: true), from: "c", term: 0)
        #expect(node.raft.role == .preCandidate)

        node.receive(.vote(preVote: true, term: 1, granted: true), from: "c", term: 0)
        #expect(node.raft.role == .candidate)
    }

    @Test("9.6 A majority of denials ends the attempt without a new term")
    func denied() {
        let node = SimulatedNode(term: 3)
        node.timeOut()
        node.receive(.vote(preVote: true, term: 4, granted: false), from: "b", term: 3)
        node.receive(.vote(preVote: true, term: 4, granted: false), from: "c", term: 3)

        #expect(node.raft.role == .follower)
        #expect(node.raft.currentTerm == Term(3))
    }

    @Test("9.6 A denial that carries a higher term is heeded, or nobody might ever be elected")
    func denialTeachesTerm() {
        let node = SimulatedNode(log: [1, 1, 1], term: 3)
        node.timeOut()

        node.receive(.vote(preVote: true, term: 4, granted: false), from: "b", term: 8)
        #expect(node.raft.role == .follower)
        #expect(node.raft.currentTerm == Term(8))

        let effects = node.timeOut()
        #expect(effects.messages.map(\.term) == [Term(9), Term(9)])
    }

    @Test("9.6 A voter grants a pre-vote without changing anything, as often as it is asked and to anyone")
    func grantsWithoutChange() {
        let node = SimulatedNode(log: [1], term: 3, vote: "b")
        let deadline = node.raft.nextDeadline

        for candidate in ["b", "c", "c"] as [NodeID] {
            let effects = node.receive(.requestVote(last: .at(1, 1), preVote: true), from: candidate, term: 4)
            #expect(effects.votes == [RequestVoteResponse(isPreVote: true, requestTerm: Term(4), voteGranted: true)])
            #expect(effects.messages.map(\.term) == [Term(3)])
            #expect(effects.hardState == nil)
        }
        #expect(node.raft.nextDeadline == deadline)
        #expect(node.raft.hardState == HardState(currentTerm: Term(3), votedFor: "b"))
    }

    @Test("9.6 A pre-vote is denied to a log that is behind, and to a term that is not above the voter's")
    func denies() {
        let node = SimulatedNode(log: [1, 3], term: 3)

        let behind = node.receive(.requestVote(last: .at(9, 2), preVote: true), from: "b", term: 4)
        let sameTerm = node.receive(.requestVote(last: .at(9, 3), preVote: true), from: "b", term: 3)

        #expect(behind.votes.map(\.voteGranted) == [false])
        #expect(sameTerm.votes.map(\.voteGranted) == [false])
        #expect(sameTerm.messages.map(\.term) == [Term(3)])
    }

    @Test("4.2.3 Within the minimum election timeout of hearing from a leader, vote requests change nothing")
    func disregardsDisruptiveServers() {
        let node = SimulatedNode()
        node.append(from: "b", term: 1)
        node.flush()
        node.pass(milliseconds: 499)

        let vote = node.receive(.requestVote(last: .at(9, 9)), from: "c", term: 7)
        let preVote = node.receive(.requestVote(last: .at(9, 9), preVote: true), from: "c", term: 7)
        #expect(vote.votes.isEmpty && preVote.votes.isEmpty)
        #expect(node.raft.currentTerm == Term(1))
        #expect(node.raft.leaderID == "b")

        node.pass(milliseconds: 1)
        let late = node.receive(.requestVote(last: .at(9, 9)), from: "c", term: 7)
        #expect(late.votes.map(\.voteGranted) == [true])
    }

    @Test("4.2.3 A leadership transfer is exempt, because the leader itself has asked for it")
    func transferIsExempt() {
        let follower = SimulatedNode()
        follower.append(from: "b", term: 1)
        let leader = SimulatedNode()
        leader.leadAndCommit()

        let vote = follower.receive(.requestVote(last: .at(9, 9), transfer: true), from: "c", term: 2)
        let leadersVote = leader.receive(.requestVote(last: .at(9, 9), transfer: true), from: "c", term: 2)

        #expect(vote.votes.map(\.voteGranted) == [true])
        #expect(leadersVote.votes.map(\.voteGranted) == [true])
        #expect(leader.raft.role == .follower)
    }

    @Test("A voter whose connection to the leader closed is free to vote")
    func disconnectedVoterVotes() {
        let node = SimulatedNode()
        node.append(from: "b", term: 1)
        node.step(.peerUnreachable("b"))

        let preVote = node.receive(.requestVote(last: .at(9, 9), preVote: true), from: "c", term: 2)
        #expect(preVote.votes.map(\.voteGranted) == [true])

        node.append(from: "b", term: 1, sequence: 2)
        let again = node.receive(.requestVote(last: .at(9, 9), preVote: true), from: "c", term: 2)
        #expect(again.votes.isEmpty)
    }

    @Test("4.2.3 A leader that checks its quorum disregards vote requests, but heeds a higher term in an answer")
    func leaderDisregardsVoteRequests() {
        let node = SimulatedNode()
        node.leadAndCommit()

        node.receive(.requestVote(last: .at(9, 9)), from: "c", term: 7)
        node.receive(.requestVote(last: .at(9, 9), preVote: true), from: "c", term: 7)
        #expect(node.raft.role == .leader)

        node.conflict(at: .at(1, 1), hint: .zero, by: "c", sequence: 1, in: 7)
        #expect(node.raft.role == .follower)
    }

    @Test("A pre-candidate gives its vote of the term to a candidate, and gives way")
    func preCandidateVotes() {
        let node = SimulatedNode(term: 5)
        node.timeOut()

        let effects = node.receive(.requestVote(last: .zero), from: "b", term: 5)

        #expect(effects.votes.map(\.voteGranted) == [true])
        #expect(node.raft.role == .follower)
        #expect(node.raft.hardState.votedFor == "b")
    }

    @Test("Late pre-votes after the election was won start nothing")
    func latePreVotes() {
        let node = SimulatedNode(voters: ["a", "b", "c", "d", "e"])
        node.leadAndCommit()

        let effects = node.receive(.vote(preVote: true, term: 1, granted: true), from: "e", term: 0)

        #expect(node.raft.role == .leader)
        #expect(effects.messages.isEmpty && effects.messagesAfterFlush.isEmpty)
    }
}
