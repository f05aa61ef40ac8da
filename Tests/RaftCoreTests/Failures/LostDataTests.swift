@testable import RaftCore
internal import Testing

/// "currentTerm, votedFor, log: updated on stable storage before responding to RPCs" (paper, figure 2): a server that
/// breaks this, because its disk went back, is found out by the leader that it had answered.
@Suite("A member that lost what it had acknowledged: the leader")
struct LostDataTests {
    /// Leads term 1; b and c have acknowledged all of its three entries, which are committed.
    private func leader() -> SimulatedNode {
        let node = SimulatedNode()
        node.leadAndCommit()
        node.step(.propose(sizes: [10, 10]))
        node.endTurn()
        node.flush()
        node.matchAll(by: "b")
        node.matchAll(by: "c")
        node.endTurn()
        return node
    }

    /// The next heartbeat to a member.
    private func heartbeat(_ node: SimulatedNode, to member: NodeID = "b") throws -> AppendEntriesRequest {
        node.timeOut()
        return try #require(node.endTurn().requests(to: member).last)
    }

    /// b answers the next heartbeat as a server does that has entry 1 and no more.
    @discardableResult
    private func lose(_ node: SimulatedNode) throws -> Effects {
        let request = try heartbeat(node)
        return node.conflict(at: request.prevLogID, hint: .at(1, 1), by: "b", sequence: request.sequence)
    }

    @Test("A rejection of a request that left after the match was known, at or below it, proves the loss")
    func found() throws {
        let node = leader()
        #expect(node.progress(of: "b")?.matchIndex == LogIndex(3))

        let effects = try lose(node)

        let expected = DataLoss(node: "b", acknowledged: LogIndex(3), stage: .found(has: LogIndex(1)))
        #expect(effects.dataLosses == [expected])
        #expect(node.progress(of: "b")?.lostThrough == LogIndex(3))
        #expect(node.progress(of: "b")?.isRecentlyActive == false)
        #expect(node.progress(of: "c")?.lostThrough == nil)
        #expect(node.raft.commitIndex == LogIndex(3))
    }

    @Test("It is repaired by sending what follows its last matching entry, and every request tells it what it lost")
    func resent() throws {
        let node = leader()
        try lose(node)

        let repair = try #require(node.endTurn().requests(to: "b").last)

        #expect(repair.prevLogID == .at(1, 1))
        #expect(repair.range == LogRange(LogIndex(2), LogIndex(4)))
        #expect(repair.lostThrough == .at(3, 1))
        #expect(try heartbeat(node).lostThrough == .at(3, 1))
        #expect(try heartbeat(node, to: "c").lostThrough == nil)
    }

    @Test("The rejection of a request of an earlier term of the same leader proves nothing")
    func earlierTerm() throws {
        let node = SimulatedNode(term: 1)
        node.leadAndCommit()
        node.matchAll(by: "b")
        let later = try heartbeat(node).sequence
        let follower = SimulatedNode("b", log: [2], term: 2)

        let rejection = try #require(
            follower.append(after: (1, 1), from: "a", term: 1, sequence: later).messages.first)
        let effects = node.receive(rejection.body, from: "b", term: 2)

        #expect(rejection.term == Term(2))
        #expect(effects.dataLosses.isEmpty)
        #expect(node.progress(of: "b")?.matchIndex == LogIndex(1))
        #expect(node.progress(of: "b")?.lostThrough == nil)
    }

    @Test("Answers to requests from before the match was known prove nothing, however late or often they come")
    func oldAnswers() throws {
        let node = SimulatedNode()
        node.leadAndCommit()
        node.step(.propose(sizes: [10, 10]))
        let entries = try #require(node.endTurn().requests(to: "b").last)
        // It overtakes the entries, so the follower has to reject it. Then the entries arrive, and the answers in the
        // other order.
        let overtaking = try heartbeat(node)
        #expect(overtaking.prevLogID == .at(3, 1))
        node.matched(3, term: 1, by: "b", sequence: overtaking.sequence)

        for sequence in [overtaking.sequence, entries.sequence, overtaking.sequence] {
            let late = node.conflict(at: .at(3, 1), hint: .at(1, 1), by: "b", sequence: sequence)
            #expect(late.dataLosses.isEmpty)
        }

        #expect(node.progress(of: "b")?.matchIndex == LogIndex(3))
        #expect(node.progress(of: "b")?.lostThrough == nil)
    }

    @Test("Neither does a link that opens again, nor the loss of what was never acknowledged")
    func reopenedLink() throws {
        let node = leader()
        node.step(.propose(sizes: [10]))
        node.endTurn()
        node.step(.peerUnreachable("b"))
        let request = try heartbeat(node)
        #expect(request.prevLogID == .at(3, 1))

        #expect(node.matched(3, term: 1, by: "b", sequence: request.sequence).dataLosses.isEmpty)
        node.endTurn()
        let next = try heartbeat(node)
        #expect(next.prevLogID == .at(4, 1))
        let unacknowledged = node.conflict(at: .at(4, 1), hint: .at(3, 1), by: "b", sequence: next.sequence)

        #expect(unacknowledged.dataLosses.isEmpty)
        #expect(node.endTurn().requests(to: "b").map(\.prevLogID) == [.at(3, 1)])
    }

    @Test("What it had acknowledged and lost commits nothing any more; it counts from there on")
    func commit() throws {
        let node = leader()
        node.step(.propose(sizes: [10, 10]))
        node.endTurn()
        node.matched(5, term: 1, by: "b", sequence: 0)
        try lose(node)

        node.flush()
        #expect(node.raft.commitIndex == LogIndex(3))
        let repair = try #require(node.endTurn().requests(to: "b").last)
        node.matched(4, term: 1, by: "b", sequence: repair.sequence)
        #expect(node.raft.commitIndex == LogIndex(3))
        #expect(node.progress(of: "b")?.lostThrough == LogIndex(5))

        let effects = node.matched(5, term: 1, by: "b", sequence: repair.sequence)
        #expect(node.raft.commitIndex == LogIndex(5))
        #expect(effects.dataLosses == [DataLoss(node: "b", acknowledged: LogIndex(5), stage: .repaired)])
        #expect(node.progress(of: "b")?.lostThrough == nil)
        #expect(try heartbeat(node).lostThrough == nil)
    }

    @Test("An acknowledgement from before the loss does not count after it")
    func oldAcknowledgements() throws {
        let node = leader()
        let before = try heartbeat(node)
        try lose(node)

        node.matched(3, term: 1, by: "b", sequence: before.sequence)

        #expect(node.progress(of: "b")?.lostThrough == LogIndex(3))
        #expect(node.progress(of: "b")?.matchIndex == .zero)
    }

    @Test("A second loss during the repair does not lower what it must hold again")
    func lostTwice() throws {
        let node = leader()
        try lose(node)
        let repair = try #require(node.endTurn().requests(to: "b").last)
        node.matched(2, term: 1, by: "b", sequence: repair.sequence)
        node.endTurn()

        let next = try heartbeat(node)
        let effects = node.conflict(at: .at(2, 1), hint: .at(1, 1), by: "b", sequence: next.sequence)

        #expect(effects.dataLosses.map(\.acknowledged) == [LogIndex(2)])
        #expect(node.progress(of: "b")?.lostThrough == LogIndex(3))
    }

    @Test("Thesis 6.2: a leader that hears only from it stays, because nobody else repairs it, and commits nothing")
    func checkQuorum() throws {
        let node = leader()
        try lose(node)
        node.step(.propose(sizes: [10]))
        node.flush()

        for _ in 0..<20 {
            node.timeOut()
            let request = try #require(node.endTurn().requests(to: "b").last)
            node.matched(2, term: 1, by: "b", sequence: request.sequence)
        }

        #expect(node.raft.role == .leader)
        #expect(node.raft.commitIndex == LogIndex(3))
        #expect(node.progress(of: "b")?.isRecentlyActive == false)
        for _ in 0..<20 where node.raft.role == .leader { node.timeOut() }
        #expect(node.raft.role == .follower, "it hears from nobody")
    }

    @Test("Thesis 6.4: it confirms no reads, because it may have forgotten a later leader")
    func reads() throws {
        let node = leader()
        try lose(node)
        node.step(.readIndex(ReadID(1)))
        let request = try #require(node.endTurn().requests(to: "b").last)

        #expect(node.matched(1, term: 1, by: "b", round: 1, sequence: request.sequence).readsReady.isEmpty)
        #expect(node.matched(3, term: 1, by: "c", round: 1, sequence: 0).readsReady.map(\.id) == [ReadID(1)])
    }

    @Test("Leadership is not handed to it")
    func transfer() throws {
        let node = leader()
        node.step(.transferLeadership(to: "b"))
        try lose(node)
        #expect(!node.isHandingOver)

        node.step(.transferLeadership(to: "b"))
        #expect(!node.isHandingOver)
        node.step(.transferLeadership(to: nil))
        #expect(node.isHandingOver)
        let effects = node.endTurn()
        #expect(
            effects.messages.allSatisfy { $0.to != "b" || $0.body != .timeoutNow(TimeoutNow(lastLogID: .at(3, 1))) })
    }

    @Test("A learner that lost data is not caught up")
    func learner() throws {
        let node = SimulatedNode(voters: ["a"], learners: ["b"])
        node.timeOut()
        node.flush()
        node.flush()
        node.endTurn()
        #expect(node.raft.role == .leader)
        node.step(.propose(sizes: [10, 10]))
        node.flush()
        node.endTurn()
        node.matchAll(by: "b")
        node.endTurn()
        try lose(node)

        let effects = node.step(.changeConfiguration(.promote("b")))

        #expect(effects.configurationOutcome == .refused(.notCaughtUp))
    }
}
