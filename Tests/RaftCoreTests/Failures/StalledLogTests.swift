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
        node.matchAll(by: "b")
        node.matchAll(by: "c")

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
        node.matchAll(by: "b")
        node.matchAll(by: "c")
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

    /// Leads, and owes its disk an entry that the others were sent.
    private func stalledLeader(_ voters: [NodeID] = ["a", "b", "c"]) -> SimulatedNode {
        let node = SimulatedNode(voters: voters)
        node.leadAndCommit()
        node.step(.propose(sizes: [10]))
        node.endTurn()
        return node
    }

    @Test("A leader waits while nothing shows that the disks of the others work, and gives way once that is shown")
    func everyDiskStops() {
        let node = stalledLeader()
        node.step(.logStalled)
        #expect(node.raft.role == .leader)

        node.matchAll(by: "b")
        node.timeOut()
        node.endTurn()
        #expect(node.raft.role == .leader, "of three, two must be able to write")

        node.matchAll(by: "c")
        node.timeOut()
        #expect(node.raft.role == .follower)
    }

    /// A stalled leader of which these members need entries that only its disk has.
    private func stalledLeader(reading followers: [NodeID]) -> SimulatedNode {
        let node = SimulatedNode(log: [1, 1, 1])
        node.isDiskSlow = true
        node.lead()
        node.flush()
        node.endTurn()
        for follower in followers {
            node.conflict(at: .at(3, 1), hint: .zero, by: follower, sequence: 1)
            node.endTurn()
            node.matched(0, term: 0, by: follower, sequence: 2)
            #expect(node.endTurn().logReads.map(\.follower) == [follower])
        }
        node.step(.propose(sizes: [10]))
        node.endTurn()
        return node
    }

    @Test("A member that waits for entries from the disk that hangs cannot show that its own works: another shows it")
    func unserved() {
        let node = stalledLeader(reading: ["c"])
        node.step(.logStalled)
        #expect(node.raft.role == .leader, "nothing shows that any other disk works")

        node.matchAll(by: "b")
        node.step(.logStalled)
        #expect(node.raft.role == .follower)

        let other = stalledLeader(reading: [])
        other.matchAll(by: "b")
        other.step(.logStalled)
        #expect(other.raft.role == .leader, "c was sent the entry and does not write it")
    }

    @Test("Members that all wait for the disk that hangs show nothing, and neither does one that is silent")
    func nobodyShows() {
        let all = stalledLeader(reading: ["b", "c"])
        all.step(.logStalled)
        #expect(all.raft.role == .leader)

        let silent = stalledLeader(reading: ["c"])
        silent.pass(milliseconds: 2_000)
        silent.matchAll(by: "b")
        silent.step(.logStalled)
        #expect(silent.raft.role == .leader)
    }

    @Test("A leader whose disk answers again stays, whatever the others hold by then")
    func answersInTime() {
        let node = stalledLeader()
        node.step(.logStalled)
        node.flush()
        node.matchAll(by: "b")
        node.matchAll(by: "c")

        for _ in 0..<3 { node.timeOut() }

        #expect(node.raft.role == .leader)
    }

    @Test("It waits if the others make no majority: one of two, or of three with one that is silent or lost data")
    func noMajority() throws {
        let two = stalledLeader(["a", "b"])
        two.matchAll(by: "b")
        two.step(.logStalled)
        #expect(two.raft.role == .leader)

        let silent = stalledLeader()
        silent.matchAll(by: "c")
        silent.pass(milliseconds: 2_000)
        silent.matchAll(by: "b")
        silent.step(.logStalled)
        #expect(silent.raft.role == .leader)

        let lost = stalledLeader()
        lost.matchAll(by: "b")
        lost.matchAll(by: "c")
        lost.timeOut()
        let request = try #require(lost.endTurn().requests(to: "c").last)
        lost.conflict(at: request.prevLogID, hint: .at(1, 1), by: "c", sequence: request.sequence)
        #expect(lost.progress(of: "c")?.lostThrough == LogIndex(2))
        lost.step(.logStalled)
        #expect(lost.raft.role == .leader)
    }

    @Test("A pre-vote that it wins then starts no election")
    func preVoteWon() {
        let node = SimulatedNode()
        node.timeOut()
        #expect(node.raft.role == .preCandidate)
        node.step(.logStalled)

        let effects = node.receive(.vote(preVote: true, term: 1, granted: true), from: "b", term: 0)

        #expect(node.raft.role == .follower)
        #expect(effects.hardState == nil)
        #expect(node.raft.currentTerm == .zero)
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
