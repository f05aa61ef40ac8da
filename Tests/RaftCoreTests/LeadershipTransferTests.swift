internal import RaftCore
internal import Testing

@Suite("Thesis 3.10: Leadership transfer")
struct LeadershipTransferTests {
    private func timeoutNows(_ effects: Effects) -> [NodeID] {
        effects.messages.compactMap { if case .timeoutNow = $0.body { $0.to } else { nil } }
    }

    @Test("3.10 The leader stops taking requests, brings the target up to date, and then sends TimeoutNow")
    func transfer() {
        let node = SimulatedNode()
        node.leadAndCommit()
        node.step(.propose(sizes: [1]))
        node.flush()
        node.endTurn()

        let start = node.step(.transferLeadership(to: "c"))
        #expect(timeoutNows(start) == [])
        #expect(node.raft.canPropose == false)
        #expect(node.raft.isLeadershipTransferInProgress == true)
        #expect(node.step(.propose(sizes: [1])).appended == nil)
        #expect(
            node.step(.changeConfiguration(.remove("b"))).configurationOutcome
                == .refused(.leadershipTransferInProgress))

        #expect(timeoutNows(node.matched(2, term: 1, by: "b")) == [])
        let caughtUp = node.matched(2, term: 1, by: "c")
        #expect(timeoutNows(caughtUp) == ["c"])
        #expect(caughtUp.messages.last?.body == .timeoutNow(TimeoutNow(lastLogID: .at(2, 1))))
    }

    @Test("3.10 If it does not complete in time, the leader resumes")
    func abandoned() {
        let node = SimulatedNode()
        node.leadAndCommit()
        node.step(.transferLeadership(to: "c"))

        for _ in 0..<9 {
            let effects = node.timeOut()
            #expect(timeoutNows(effects) == ["c"])
            node.endTurn()
            node.matchAll(by: "b")
        }
        #expect(node.raft.canPropose == false)
        node.timeOut()
        #expect(node.raft.canPropose == true)
        #expect(node.raft.role == .leader)
    }

    @Test("A transfer ends with the target's connection")
    func targetDisconnects() {
        let node = SimulatedNode()
        node.leadAndCommit()
        node.step(.transferLeadership(to: "c"))

        node.step(.peerUnreachable("b"))
        #expect(node.raft.canPropose == false)
        node.step(.peerUnreachable("c"))
        #expect(node.raft.canPropose == true)
    }

    @Test("Only to a voter, not to oneself, not twice; without a target to the most up-to-date voter that answers")
    func targets() {
        let node = SimulatedNode(voters: ["a", "b", "c", "d"], learners: ["l"])
        node.leadAndCommit()
        for target in ["a", "l", "x"] as [NodeID] {
            node.step(.transferLeadership(to: target))
            #expect(node.raft.canPropose == true)
        }
        node.step(.propose(sizes: [1, 1]))
        node.flush()
        node.endTurn()
        node.matched(2, term: 1, by: "b")
        node.matched(3, term: 1, by: "l")
        node.matched(3, term: 1, by: "c")

        #expect(timeoutNows(node.step(.transferLeadership(to: nil))) == ["c"])
        #expect(timeoutNows(node.step(.transferLeadership(to: "b"))) == [])
        #expect(timeoutNows(node.matched(3, term: 1, by: "b")) == [])
    }

    @Test("3.10 The target campaigns at once, without a pre-vote, and says why")
    func targetCampaigns() {
        let node = SimulatedNode(log: [1, 1], term: 1)
        node.append(after: (2, 1), from: "b", term: 1)

        let effects = node.receive(.timeoutNow(TimeoutNow(lastLogID: .at(2, 1))), from: "b", term: 1)

        #expect(node.raft.role == .candidate)
        #expect(node.raft.currentTerm == Term(2))
        #expect(effects.voteRequests.allSatisfy { $0.isLeadershipTransfer && !$0.isPreVote })
        #expect(effects.voteRequests.count == 2)
    }

    @Test("A target that lacks entries, has not flushed them, or hears it from anyone but its leader does nothing")
    func targetIgnores() {
        let behind = SimulatedNode(log: [1, 1], term: 1)
        behind.append(after: (2, 1), from: "b", term: 1)
        behind.receive(.timeoutNow(TimeoutNow(lastLogID: .at(3, 1))), from: "b", term: 1)
        behind.receive(.timeoutNow(TimeoutNow(lastLogID: .at(2, 1))), from: "c", term: 1)
        #expect(behind.raft.role == .follower)

        let unflushed = SimulatedNode(log: [1], term: 1)
        unflushed.append([1], after: (1, 1), from: "b", term: 1)
        unflushed.receive(.timeoutNow(TimeoutNow(lastLogID: .at(2, 1))), from: "b", term: 1)
        #expect(unflushed.raft.role == .follower)

        let learner = SimulatedNode("l", learners: ["l"], log: [1], term: 1)
        learner.append(after: (1, 1), from: "b", term: 1)
        learner.receive(.timeoutNow(TimeoutNow(lastLogID: .at(1, 1))), from: "b", term: 1)
        #expect(learner.raft.role == .follower)
    }

    @Test("Ignored by anyone but a leader")
    func notLeader() {
        let node = SimulatedNode()
        node.step(.transferLeadership(to: "b"))
        #expect(node.raft.isLeadershipTransferInProgress == false)
    }
}
