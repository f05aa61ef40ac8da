internal import RaftCore
internal import Testing

@Suite("§5.3 Log replication: the leader")
struct LeaderTests {
    @Test("§8 A new leader appends a no-op of its term and sends it at once")
    func noop() {
        let node = SimulatedNode(log: [1, 1])

        let election = node.lead()
        #expect(election.generated == [GeneratedEntry(id: .at(3, 2), content: .noop)])
        #expect(election.appended == LogRange(LogIndex(3), LogIndex(4)))
        #expect(election.roleChanged)

        let requests = node.endTurn().requests
        #expect(requests.map(\.prevLogID) == [.at(2, 1), .at(2, 1)])
        #expect(requests.map(\.range) == [LogRange(LogIndex(3), LogIndex(4)), LogRange(LogIndex(3), LogIndex(4))])
        #expect(requests.allSatisfy { $0.runs.isEmpty && $0.configurations.isEmpty })
    }

    @Test("§5.3 A proposal is appended with the leader's term and replicated in parallel, before it is durable")
    func propose() {
        let node = SimulatedNode()
        node.leadAndCommit()

        let effects = node.step(.propose(sizes: [100, 200]))
        #expect(effects.appended == LogRange(LogIndex(2), LogIndex(4)))
        #expect(effects.messages.isEmpty)
        #expect(node.raft.uncommittedBytes == 300)

        let turn = node.endTurn()
        #expect(turn.messages.map(\.to) == ["b", "c"])
        #expect(turn.requests.map(\.range) == [LogRange(LogIndex(2), LogIndex(4)), LogRange(LogIndex(2), LogIndex(4))])
        #expect(turn.messagesAfterFlush.isEmpty)
        #expect(node.progress(of: "b")?.nextIndex == LogIndex(4))
        #expect(node.progress(of: "b")?.matchIndex == LogIndex(1))
    }

    @Test("A proposal to anyone but a leader is ignored")
    func proposeElsewhere() {
        let node = SimulatedNode()
        #expect(node.step(.propose(sizes: [1])).appended == nil)
        node.campaign()
        #expect(node.step(.propose(sizes: [1])).appended == nil)
    }

    @Test("§5.3 An entry is committed once a majority holds it, and the followers learn it in the same turn")
    func commits() {
        let node = SimulatedNode()
        node.leadAndCommit()
        node.step(.propose(sizes: [100]))
        node.endTurn()
        node.flush()
        #expect(node.raft.commitIndex == LogIndex(1))

        let effects = node.matched(2, term: 1, by: "b")
        #expect(node.raft.commitIndex == LogIndex(2))
        #expect(effects.applyThrough == LogIndex(2))
        #expect(node.raft.uncommittedBytes == 0)

        let turn = node.endTurn()
        #expect(turn.requests.map(\.leaderCommit) == [LogIndex(2), LogIndex(2)])
        #expect(turn.requests.allSatisfy { $0.range.isEmpty && $0.prevLogID == .at(2, 1) })
        #expect(node.endTurn().messages.isEmpty)
    }

    @Test("Thesis 10.2.1: the leader counts itself only for what it has flushed")
    func countsOnlyFlushed() {
        let node = SimulatedNode()
        node.leadAndCommit()
        node.step(.propose(sizes: [100]))
        node.endTurn()

        node.matched(2, term: 1, by: "b")
        #expect(node.raft.commitIndex == LogIndex(1))
        node.flush()
        #expect(node.raft.commitIndex == LogIndex(2))
    }

    @Test("Thesis 10.2.1: a leader may commit an entry before it is on its own disk, but does not apply it")
    func commitsBeforeOwnFlush() {
        let node = SimulatedNode()
        node.leadAndCommit()
        node.step(.propose(sizes: [100]))
        node.endTurn()

        node.matched(2, term: 1, by: "b")
        let effects = node.matched(2, term: 1, by: "c")
        #expect(node.raft.commitIndex == LogIndex(2))
        #expect(effects.applyThrough == nil)
        #expect(node.flush().applyThrough == LogIndex(2))
    }

    @Test("§5.3 The leader never overwrites or deletes entries of its own log")
    func appendOnly() {
        let node = SimulatedNode()
        node.leadAndCommit()

        let effects = node.append([1], after: (0, 0), from: "b", term: 1)

        #expect(effects.truncateFrom == nil && effects.appended == nil)
        #expect(node.raft.role == .leader)
    }

    @Test("§5.3 After a rejection the leader goes back and retries, a term at a time, and not at once more than once")
    func retriesAfterRejection() {
        let node = SimulatedNode(log: [1, 1, 2, 2, 4, 4])
        node.lead()
        node.endTurn()

        node.conflict(at: .at(6, 4), hint: .at(6, 3), by: "b", sequence: 1)
        let retry = node.endTurn().requests(to: "b")
        #expect(retry.map(\.prevLogID) == [.at(4, 2)])
        node.conflict(at: .at(6, 4), hint: .at(6, 3), by: "b", sequence: 1)
        #expect(node.endTurn().requests(to: "b").isEmpty)

        node.conflict(at: .at(4, 2), hint: .at(1, 1), by: "b", sequence: 2)
        #expect(node.endTurn().requests(to: "b").map(\.prevLogID) == [.at(1, 1)])
        #expect(node.progress(of: "b")?.state == .probe)

        node.matched(2, term: 1, by: "b", sequence: 3)
        #expect(node.progress(of: "b")?.state == .replicate)
    }

    @Test("§5.3 10,000 conflicting entries heal in a few round trips")
    func longDivergence() {
        let common = [UInt64](repeating: 1, count: 100)
        let leader = SimulatedNode("a", voters: ["a", "b", "c"], log: common + [UInt64](repeating: 4, count: 10_000))
        let follower = SimulatedNode("b", log: common + (0..<10_000).map { $0 < 5_000 ? 2 : 3 })
        leader.lead()

        var rounds = 0
        while leader.progress(of: "b")?.state == .probe, rounds < 10 {
            rounds += 1
            exchange(leader, follower)
        }

        #expect(rounds <= 3)
        exchange(leader, follower)
        #expect(follower.term(100) == 1)
        #expect(follower.term(101) == 4)
    }

    /// One round trip between two nodes; entries are described as the leader's terms state.
    private func exchange(_ leader: SimulatedNode, _ follower: SimulatedNode) {
        for message in leader.endTurn().messages where message.to == follower.raft.id {
            guard case .appendEntriesRequest(let request) = message.body else { continue }
            let terms = (request.range.lower.rawValue..<request.range.upper.rawValue).map { leader.term($0) }
            let prev = (request.prevLogID.index.rawValue, request.prevLogID.term.rawValue)
            follower.append(
                terms, after: prev, from: leader.raft.id, term: message.term.rawValue, sequence: request.sequence)
        }
        follower.flush()
        for message in follower.endTurn().messages { leader.step(.receive(message)) }
    }

    @Test("Stale, repeated or alien answers never lower what is known, and never count")
    func staleAnswers() {
        let node = SimulatedNode(voters: ["a", "b", "c", "d", "e"], log: [1, 1, 1], term: 4)
        node.lead()
        node.flush()
        node.endTurn()
        node.matched(4, term: 5, by: "b")

        node.matched(2, term: 1, by: "b")
        #expect(node.progress(of: "b")?.matchIndex == LogIndex(4))
        node.matched(4, term: 4, by: "c")
        node.matched(9, term: 5, by: "c")
        node.matched(4, term: 5, by: "c", sequence: 99)
        node.matched(4, term: 5, by: "c", round: 99)
        node.matched(4, term: 5, by: "x")
        node.matched(4, term: 5, by: "c", in: 4)
        #expect(node.progress(of: "c")?.matchIndex == .zero)
        node.conflict(at: .at(3, 1), hint: .zero, by: "b", sequence: 1)
        #expect(node.progress(of: "b")?.state == .replicate)
        #expect(node.progress(of: "b")?.nextIndex == LogIndex(5))
        #expect(node.raft.commitIndex == .zero)

        node.matched(4, term: 5, by: "c")
        #expect(node.raft.commitIndex == LogIndex(4))
    }

    @Test("Thesis 10.2.2: requests follow one another without waiting, until the window is full")
    func pipelining() {
        var settings = RaftSettings()
        settings.messageEntriesMax = 2
        settings.inflightMessagesMax = 3
        let node = SimulatedNode(settings: settings)
        node.leadAndCommit()

        node.step(.propose(sizes: [UInt32](repeating: 10, count: 9)))
        let ranges = node.endTurn().requests(to: "b").map { ($0.range.lower.rawValue, $0.range.count) }
        #expect(ranges.map(\.0) == [2, 4, 6])
        #expect(ranges.map(\.1) == [2, 2, 2])
        #expect(node.endTurn().requests(to: "b").isEmpty)

        node.matched(3, term: 1, by: "b")
        #expect(node.endTurn().requests(to: "b").map(\.range) == [LogRange(LogIndex(8), LogIndex(10))])
        node.matched(9, term: 1, by: "b")
        #expect(node.endTurn().requests(to: "b").map(\.range) == [LogRange(LogIndex(10), LogIndex(11))])
    }

    @Test("A request carries at most messageBytesMax, or one entry that is larger; the window is limited in bytes, too")
    func limitsInBytes() {
        var settings = RaftSettings()
        settings.messageBytesMax = 100
        settings.inflightBytesMax = 250
        let node = SimulatedNode(settings: settings)
        node.leadAndCommit()

        node.step(.propose(sizes: [60, 40, 1, 500, 10, 10]))

        #expect(node.endTurn().requests(to: "b").map(\.range.count) == [2, 1, 1])
        node.matched(4, term: 1, by: "b")
        #expect(node.endTurn().requests(to: "b").isEmpty)
        node.matched(5, term: 1, by: "b")
        #expect(node.endTurn().requests(to: "b").map(\.range.count) == [2])
    }

    @Test("In probe there is one request at a time; a heartbeat repeats it without entries")
    func probing() {
        let node = SimulatedNode()
        node.lead()
        node.endTurn()
        node.step(.propose(sizes: [10]))
        #expect(node.endTurn().messages.isEmpty)

        node.timeOut()
        let heartbeat = node.endTurn().requests(to: "b")
        #expect(heartbeat.map(\.prevLogID) == [.zero])
        #expect(heartbeat.allSatisfy { $0.range.isEmpty })

        node.matched(0, term: 0, by: "b", sequence: 2)
        #expect(node.progress(of: "b")?.state == .replicate)
        #expect(node.endTurn().requests(to: "b").map(\.range) == [LogRange(LogIndex(1), LogIndex(3))])
    }

    @Test("A lost request is noticed by the rejection of a later one, or of the next heartbeat")
    func lostRequest() {
        let node = SimulatedNode()
        node.leadAndCommit()
        node.step(.propose(sizes: [10, 10]))
        node.endTurn()
        node.timeOut()
        let heartbeat = node.endTurn().requests(to: "b")
        #expect(heartbeat.map(\.prevLogID) == [.at(3, 1)])

        node.conflict(at: .at(3, 1), hint: .at(1, 1), by: "b", sequence: heartbeat[0].sequence)

        #expect(node.endTurn().requests(to: "b").map(\.range) == [LogRange(LogIndex(2), LogIndex(4))])
    }

    @Test("When a connection closes, what was in flight may be lost: back to probe, at the next heartbeat")
    func unreachable() {
        let node = SimulatedNode()
        node.leadAndCommit()
        node.step(.propose(sizes: [10, 10]))
        node.endTurn()

        node.step(.peerUnreachable("b"))
        #expect(node.progress(of: "b")?.state == .probe)
        #expect(node.progress(of: "b")?.nextIndex == LogIndex(2))
        #expect(node.endTurn().requests(to: "b").isEmpty)

        node.timeOut()
        #expect(node.endTurn().requests(to: "b").map(\.prevLogID) == [.at(1, 1)])
    }

    @Test("Whether a follower is active is seen from its answers of the last election timeout")
    func recentlyActive() {
        let node = SimulatedNode()
        node.lead()
        #expect(node.progress(of: "b")?.isRecentlyActive == false)
        node.endTurn()
        node.matched(0, term: 0, by: "b")
        #expect(node.progress(of: "b")?.isRecentlyActive == true)
        node.pass(milliseconds: 501)
        node.step(.peerUnreachable("x"))
        #expect(node.progress(of: "b")?.isRecentlyActive == false)
    }

    @Test("A leader whose answers fail to arrive keeps sending heartbeats even when the window is full")
    func heartbeatsWithFullWindow() {
        var settings = RaftSettings()
        settings.inflightMessagesMax = 1
        let node = SimulatedNode(settings: settings)
        node.leadAndCommit()
        node.step(.propose(sizes: [10]))
        node.endTurn()
        node.step(.propose(sizes: [10]))
        #expect(node.endTurn().messages.isEmpty)

        node.timeOut()
        #expect(node.endTurn().requests(to: "b").map(\.prevLogID) == [.at(2, 1)])
    }
}

extension SimulatedNode {
    func term(_ index: UInt64) -> UInt64 { raft.term(at: LogIndex(index))?.rawValue ?? 0 }
}
