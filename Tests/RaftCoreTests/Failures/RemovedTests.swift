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

        let effects = node.step(.removed(at: LogIndex(5)))

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
        node.step(.removed(at: LogIndex(5)))

        node.append(after: (1, 1), from: "b", term: 1)

        #expect(!node.isRemoved)
        #expect(node.raft.nextDeadline != nil)
    }

    @Test("A configuration that is older than its own says nothing, and nothing at all to a server that was no member")
    func older() {
        let node = SimulatedNode(voters: ["b"], log: [1], term: 1)
        let members = Configuration(members: ["a", "b"].map { Member(id: $0, role: .voter) })
        #expect(!node.isRemoved)
        node.step(.removed(at: LogIndex(9)))
        #expect(!node.isRemoved)

        node.receive(
            .append(
                [1], after: (1, 1), configurations: [ConfigurationEntry(index: LogIndex(2), configuration: members)]),
            from: "b", term: 1)
        node.step(.removed(at: LogIndex(2)))
        #expect(!node.isRemoved)
        node.step(.removed(at: LogIndex(3)))
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
        isTold.step(.removed(at: LogIndex(1)))
        #expect(!isTold.isRemoved)
        isTold.step(.removed(at: LogIndex(2)))
        #expect(isTold.isRemoved)
    }

    @Test("A leader that learns of its removal gives leadership up")
    func leader() {
        let node = SimulatedNode()
        node.leadAndCommit()

        node.step(.removed(at: LogIndex(9)))

        #expect(node.raft.role == .follower)
        #expect(node.isRemoved)
    }
}
