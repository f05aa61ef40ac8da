@testable import RaftCore
internal import Testing

@Suite("Thesis 4.2.3 A server that was removed")
struct RemovedTests {
    private static let others = Configuration(members: ["b", "c"].map { Member(id: $0, role: .voter) })

    @Test("It is told, forgets its leader and does not campaign")
    func told() {
        let node = SimulatedNode(log: [1], term: 1)
        node.append(after: (1, 1), from: "b", term: 1)
        #expect(!node.isRemoved)

        let effects = node.step(.removed(at: LogIndex(5), by: "b"))

        #expect(node.isRemoved)
        #expect(effects.roleChanged)
        #expect(node.raft.leaderID == nil)
        #expect(node.raft.nextDeadline == nil)
        node.pass(milliseconds: 5_000)
        node.step(.timeElapsed)
        #expect(node.raft.role == .follower)
    }

    @Test("A leader that talks to it proves that it is a member")
    func cameBack() {
        let node = SimulatedNode(log: [1], term: 1)
        node.step(.removed(at: LogIndex(5), by: "b"))

        node.append(after: (1, 1), from: "b", term: 1)

        #expect(!node.isRemoved)
        #expect(node.raft.nextDeadline != nil)
    }

    @Test("A configuration that is older than its own says nothing, and nothing at all to a server that was no member")
    func older() {
        let node = SimulatedNode(voters: ["b"], log: [1], term: 1)
        let members = Configuration(members: ["a", "b"].map { Member(id: $0, role: .voter) })
        #expect(!node.isRemoved)
        node.step(.removed(at: LogIndex(9), by: "b"))
        #expect(!node.isRemoved)

        node.receive(
            .append(
                [1], after: (1, 1), configurations: [ConfigurationEntry(index: LogIndex(2), configuration: members)]),
            from: "b", term: 1)
        node.step(.removed(at: LogIndex(2), by: "b"))
        #expect(!node.isRemoved)
        node.step(.removed(at: LogIndex(3), by: "b"))
        #expect(node.isRemoved)
    }

    @Test("Added again, it disregards a member that lags and still reports the removal before that")
    func lateReport() {
        let node = SimulatedNode(log: [1], term: 1)
        // The removal was entry 5, and the leader added it again with entry 9: its first request asks for that.
        node.append(after: (9, 1), from: "b", term: 1)

        node.step(.removed(at: LogIndex(5), by: "b"))
        #expect(!node.isRemoved)
        #expect(node.raft.leaderID == "b")

        node.step(.removed(at: LogIndex(9), by: "b"))
        #expect(node.isRemoved, "a later removal")
    }

    @Test("What one leader had says nothing of a removal that is reported after it has fallen silent")
    func formerLeader() {
        let node = SimulatedNode(log: [1], term: 1)
        node.append(after: (9, 1), from: "b", term: 1)
        node.pass(milliseconds: 5_000)
        node.step(.timeElapsed)
        #expect(node.raft.leaderID == nil)

        node.step(.removed(at: LogIndex(5), by: "b"))
        #expect(node.isRemoved)

        node.append(after: (1, 1), from: "c", term: 2)
        node.step(.removed(at: LogIndex(5), by: "b"))
        #expect(node.isRemoved, "the next leader had no entry after the removal")
    }

    @Test("Added again, it meets its removal in the log while it catches up, and is a member all the same")
    func catchingUp() {
        let node = SimulatedNode(log: [1], term: 1)
        node.append(after: (9, 1), commit: 9, from: "b", term: 1)
        node.receive(
            .append(
                [1], after: (1, 1), commit: 9,
                configurations: [ConfigurationEntry(index: LogIndex(2), configuration: Self.others)]),
            from: "b", term: 1)
        node.flush()
        #expect(node.raft.commitIndex == LogIndex(2))
        #expect(node.raft.configuration == Self.others)

        #expect(!node.isRemoved)

        // The leader is gone, and a candidate asks for a vote.
        node.pass(milliseconds: 5_000)
        node.receive(.requestVote(last: .at(9, 1)), from: "c", term: 2)
        #expect(node.raft.currentTerm == Term(2) && node.raft.leaderID == nil)
        #expect(!node.isRemoved)

        // Every leader has the removal, so one that talks to it has added it again, however short its request is.
        node.append(commit: 9, from: "c", term: 2)
        #expect(!node.isRemoved)

        node.pass(milliseconds: 5_000)
        node.receive(.requestVote(last: .at(9, 2)), from: "b", term: 3)
        node.step(.removed(at: LogIndex(2), by: "b"))
        #expect(node.isRemoved, "it was never added again")
    }

    @Test("A leader that has removed itself does not remember what an earlier one had")
    func formerLeaderRemovesItself() {
        let node = SimulatedNode(log: [1], term: 1)
        node.append(after: (9, 1), from: "b", term: 1)
        node.leadAndCommit()

        node.step(.changeConfiguration(.remove("a")))
        node.flush()
        for peer in ["b", "c"] as [NodeID] {
            node.matched(
                node.raft.lastLogID.index.rawValue, term: node.raft.currentTerm.rawValue, by: peer, sequence: 2)
        }

        node.endTurn()

        #expect(node.raft.isConfigurationCommitted && node.raft.role == .follower)
        #expect(node.isRemoved)
    }

    @Test("With the entry in its own log it knows when that is committed, or when it is told")
    func ownLog() {
        func removedInLog() -> SimulatedNode {
            let node = SimulatedNode(log: [1], term: 1)
            node.receive(
                .append(
                    [1], after: (1, 1),
                    configurations: [ConfigurationEntry(index: LogIndex(2), configuration: Self.others)]),
                from: "b", term: 1)
            node.flush()
            return node
        }
        let hears = removedInLog()
        #expect(!hears.isRemoved)
        hears.append(after: (2, 1), commit: 2, from: "b", term: 1)
        #expect(hears.isRemoved)

        let isTold = removedInLog()
        isTold.step(.removed(at: LogIndex(1), by: "b"))
        #expect(!isTold.isRemoved)
        isTold.step(.removed(at: LogIndex(2), by: "b"))
        #expect(isTold.isRemoved)
    }

    @Test("A leader is not deposed by the word of a server: it hears its majority, or steps down without it")
    func leader() {
        let node = SimulatedNode()
        node.leadAndCommit()

        node.step(.removed(at: LogIndex(9), by: "b"))
        #expect(node.raft.role == .leader)
        #expect(!node.isRemoved)

        node.pass(milliseconds: 5_000)
        node.step(.timeElapsed)
        #expect(node.raft.role == .follower)
        node.step(.removed(at: LogIndex(9), by: "b"))
        #expect(node.isRemoved)
    }

    @Test("The only voter of its cluster believes nobody", arguments: ["b", "z", "a"] as [NodeID])
    func single(sender: NodeID) {
        let node = SimulatedNode(voters: ["a"], learners: ["b"])
        node.timeOut()
        node.flush()
        #expect(node.raft.role == .leader)

        node.step(.removed(at: LogIndex(1 << 60), by: sender))

        #expect(node.raft.role == .leader)
        #expect(!node.isRemoved)
    }

    @Test("A stranger is not believed, nor is the server itself")
    func stranger() {
        let node = SimulatedNode(log: [1], term: 1)
        node.step(.removed(at: LogIndex(5), by: "z"))
        node.step(.removed(at: LogIndex(5), by: "a"))
        #expect(!node.isRemoved)

        // One that has left meanwhile was a member.
        let without = Configuration(members: ["a", "c"].map { Member(id: $0, role: .voter) })
        node.receive(
            .append(
                [1], after: (1, 1), configurations: [ConfigurationEntry(index: LogIndex(2), configuration: without)]),
            from: "c", term: 1)
        node.step(.removed(at: LogIndex(5), by: "b"))
        #expect(node.isRemoved)
    }
}
