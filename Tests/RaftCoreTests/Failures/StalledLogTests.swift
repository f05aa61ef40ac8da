@testable import RaftCore
internal import Testing

@Suite("A server whose disk does not answer")
struct StalledLogTests {
    @Test("A leader gives leadership up, in its term, and what it proposed has an unknown outcome")
    func stepsDown() {
        let node = SimulatedNode()
        node.leadAndCommit()
        node.step(.propose(sizes: [10]))
        node.endTurn()

        let effects = node.step(.logStalled)

        #expect(node.raft.role == .follower)
        #expect(node.raft.currentTerm == Term(1))
        #expect(node.raft.leaderID == nil)
        #expect(effects.leadershipLost)
        #expect(effects.roleChanged)
    }

    @Test("It does not campaign before the disk answers, and then not at once")
    func doesNotCampaign() {
        let node = SimulatedNode()
        node.leadAndCommit()
        node.step(.propose(sizes: [10]))
        node.endTurn()
        let owed = node.notice
        node.step(.logStalled)
        #expect(node.raft.nextDeadline == nil)
        node.pass(milliseconds: 5_000)
        node.step(.timeElapsed)
        #expect(node.raft.role == .follower)
        node.receive(.timeoutNow(TimeoutNow(lastLogID: .at(2, 1))), from: "b", term: 1)
        #expect(node.raft.role == .follower)

        node.step(.flushed(owed))

        node.step(.timeElapsed)
        #expect(node.raft.role == .follower)
        node.timeOut()
        #expect(node.raft.role == .preCandidate)
    }

    @Test("Its vote waits for the disk, as ever, and it helps others with pre-votes, which promise nothing")
    func votes() {
        let node = SimulatedNode()
        node.leadAndCommit()
        node.step(.logStalled)

        let preVote = node.receive(.requestVote(last: .at(1, 1), preVote: true), from: "b", term: 2)
        let vote = node.receive(.requestVote(last: .at(1, 1)), from: "b", term: 2)

        #expect(preVote.votes.map(\.voteGranted) == [true])
        #expect(vote.messages.isEmpty)
        #expect(vote.messagesAfterFlush.count == 1)
        node.append([2], after: (1, 1), from: "b", term: 2)
        #expect(node.raft.leaderID == "b")
    }

    @Test("The only voter waits, because nobody could take its place")
    func single() {
        let node = SimulatedNode(voters: ["a"], learners: ["b"])
        node.timeOut()
        node.flush()
        #expect(node.raft.role == .leader)

        node.step(.logStalled)

        #expect(node.raft.role == .leader)
    }
}
