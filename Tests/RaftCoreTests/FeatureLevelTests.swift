import RaftCore
import Testing

@Suite("The feature level of a cluster, and entries that a server does not know")
struct FeatureLevelTests {
    private func node(knowing level: UInt8, at clusterLevel: UInt8 = 1) -> SimulatedNode {
        var settings = RaftSettings()
        settings.featureLevel = level
        var recovered = Raft.Recovered()
        recovered.configuration = Configuration(
            members: (["a", "b", "c"] as [NodeID]).map { Member(id: $0, role: .voter) }, featureLevel: clusterLevel)
        return SimulatedNode("a", recovered: recovered, settings: settings)
    }

    /// A request for entries of term 1 after `prev`, of which the one at `unknown` is of level 2.
    private func request(
        _ count: Int, after prev: UInt64, unknown: UInt64?, commit: UInt64 = 0, sequence: UInt64,
        configurations: [ConfigurationEntry] = []
    ) -> Message.Body {
        let body = Message.Body.append(
            Array(repeating: 1, count: count), after: (prev, prev == 0 ? 0 : 1), commit: commit, sequence: sequence,
            configurations: configurations)
        guard case .appendEntriesRequest(var request) = body else { return body }
        request.unknown = unknown.map { UnknownEntry(index: LogIndex($0), featureLevel: 2) }
        return .appendEntriesRequest(request)
    }

    // MARK: Raising

    @Test("The level rises by an entry, never beyond what the leader knows, and never falls")
    func raising() {
        let node = node(knowing: 3)
        node.leadAndCommit()

        #expect(node.step(.changeConfiguration(.raiseFeatureLevel(to: 4))).configurationOutcome == .unchanged)
        #expect(node.step(.changeConfiguration(.raiseFeatureLevel(to: 1))).configurationOutcome == .unchanged)
        let effects = node.step(.changeConfiguration(.raiseFeatureLevel(to: 2)))
        #expect(effects.appended != nil)
        #expect(node.raft.configuration.featureLevel == 2)
        #expect(node.raft.configuration.members.count == 3)
        // As any change of the configuration.
        #expect(
            node.step(.changeConfiguration(.raiseFeatureLevel(to: 3))).configurationOutcome
                == .refused(.changeInProgress))
        node.flush()
        node.endTurn()
        for other in node.raft.followerProgress { node.matchAll(by: other.id) }
        #expect(node.step(.changeConfiguration(.raiseFeatureLevel(to: 1))).configurationOutcome == .unchanged)
        #expect(node.raft.configuration.featureLevel == 2)
    }

    @Test("A change of members keeps the level")
    func changeOfMembers() {
        let node = node(knowing: 2, at: 2)
        node.leadAndCommit()

        node.step(.changeConfiguration(.addLearner(Member(id: "d", role: .learner))))

        #expect(node.raft.configuration["d"] != nil)
        #expect(node.raft.configuration.featureLevel == 2)
    }

    @Test("A server does not campaign in a cluster whose level it does not know")
    func olderThanTheCluster() {
        let node = node(knowing: 1, at: 2)

        #expect(node.raft.nextDeadline == nil)
        node.pass(milliseconds: 10_000)
        node.step(.timeElapsed)
        #expect(node.raft.role == .follower)
    }

    // MARK: Refusing

    @Test("The entries before the first unknown one are taken and vouched for; nothing is committed beyond them")
    func prefix() {
        let node = node(knowing: 1)
        let raised = ConfigurationEntry(
            index: LogIndex(3), configuration: Configuration(members: node.raft.configuration.members, featureLevel: 2))

        let effects = node.receive(
            request(4, after: 0, unknown: 3, commit: 4, sequence: 1, configurations: [raised]), from: "b", term: 1)
        node.flush()

        #expect(effects.appended == LogRange(LogIndex(1), LogIndex(3)))
        #expect(node.endTurn().answers == [.matched(.at(2, 1))])
        #expect(node.raft.commitIndex == LogIndex(2))
        #expect(node.raft.configuration.featureLevel == 1)
        #expect(node.raft.unknownEntry == UnknownEntry(index: LogIndex(3), featureLevel: 2))
    }

    @Test("What follows on the unknown entry is answered with what is there, and never with a conflict")
    func noConflict() {
        let node = node(knowing: 1)
        node.receive(request(3, after: 0, unknown: 3, sequence: 1), from: "b", term: 1)
        node.flush()
        node.endTurn()

        let next = node.receive(request(2, after: 3, unknown: nil, sequence: 2), from: "b", term: 1)
        node.pass(milliseconds: 200)
        node.receive(request(0, after: 5, unknown: nil, commit: 5, sequence: 3), from: "b", term: 1)

        #expect(next.appended == nil)
        #expect(node.endTurn().answers == [.matched(.at(2, 1))])
        #expect(node.raft.commitIndex == LogIndex(2))
    }

    @Test("A conflict before the unknown entry is reported, and a repeated request is taken as far as before")
    func stillChecks() {
        let node = node(knowing: 1)
        node.receive(request(3, after: 0, unknown: 3, sequence: 1), from: "b", term: 1)
        node.flush()
        node.endTurn()

        let again = node.receive(request(3, after: 0, unknown: 3, sequence: 2), from: "b", term: 1)

        #expect(again.appended == nil && again.truncateFrom == nil)
        #expect(node.endTurn().answers == [.matched(.at(2, 1))])
    }

    @Test("Without an entry that is committed it does not campaign, not even when it is told to")
    func doesNotCampaign() {
        let node = node(knowing: 1)
        node.receive(request(3, after: 0, unknown: 3, commit: 3, sequence: 1), from: "b", term: 1)
        node.flush()

        #expect(node.raft.nextDeadline == nil)
        node.receive(.timeoutNow(TimeoutNow(lastLogID: .at(2, 1))), from: "b", term: 1)
        #expect(node.raft.role == .follower)
        // It still votes for whoever has at least its log.
        let vote = node.receive(.requestVote(last: .at(3, 1), transfer: true), from: "c", term: 2)
        #expect(vote.hardState?.votedFor == "c")
    }

    @Test("An entry that no leader is known to have committed keeps it from nothing: a majority without it can elect")
    func uncommitted() {
        let node = node(knowing: 1)
        node.receive(request(3, after: 0, unknown: 3, commit: 2, sequence: 1), from: "b", term: 1)
        node.flush()

        node.leadAndCommit()

        #expect(node.raft.unknownEntry == nil)
        #expect(node.raft.lastLogID.index == LogIndex(3))
    }

    @Test("Another entry of a later leader in its place ends the refusal")
    func replaced() {
        let node = node(knowing: 1)
        node.receive(request(3, after: 0, unknown: 3, sequence: 1), from: "b", term: 1)
        node.flush()

        let effects = node.append([2], after: (2, 1), from: "c", term: 2)

        #expect(effects.appended == LogRange(LogIndex(3), LogIndex(4)))
        #expect(node.raft.unknownEntry == nil)
        #expect(node.raft.nextDeadline != nil)
    }

    @Test("The leader waits in peace: it sends one window, and repeats nothing with its heartbeats")
    func leaderWaits() {
        var settings = RaftSettings()
        settings.featureLevel = 2
        let leader = SimulatedNode("a", voters: ["a", "b", "c"], settings: settings)
        leader.leadAndCommit()
        leader.step(.propose(sizes: [10, 10, 10]))
        leader.flush()
        leader.endTurn()

        // `b` knows the first of them only.
        leader.matched(2, term: 1, by: "b", sequence: 4)
        var sent = 0
        for round in UInt64(0)..<20 {
            leader.pass(milliseconds: 100)
            leader.step(.timeElapsed)
            sent += leader.endTurn().requests(to: "b").reduce(0) { $0 + $1.range.count }
            leader.matched(2, term: 1, by: "b", sequence: 5 + round)
            leader.matchAll(by: "c")
        }

        #expect(sent == 0)
        #expect(leader.raft.role == .leader)
        #expect(leader.raft.commitIndex == leader.raft.lastLogID.index)
    }
}
