@testable import RaftCore
internal import Testing

/// When the state machine of a server that was started shows nothing older than it did before. Its own commit index
/// says nothing about that: after a start it knows only what had reached the disk.
@Suite("§8 What was committed before a start")
struct CatchUpTests {
    @Test("A follower has caught up when it has applied what the leader had committed when it was first heard from")
    func follower() {
        let node = SimulatedNode(log: [1, 2], term: 2, applied: 2)
        #expect(!node.hasCaughtUp(applied: 2))

        node.append([2, 2], after: (4, 2), commit: 6, from: "b", term: 2)
        #expect(node.raft.commitIndex == LogIndex(2))
        #expect(node.knownCommitIndex == LogIndex(6))
        #expect(!node.hasCaughtUp(applied: 2))
        node.append([2, 2, 2, 2, 2, 2], after: (2, 2), commit: 8, from: "b", term: 2, sequence: 2)
        node.flush()
        #expect(node.knownCommitIndex == LogIndex(8))

        #expect(!node.hasCaughtUp(applied: 5))
        #expect(node.hasCaughtUp(applied: 6))
    }

    @Test("A new leader does not know what was committed before it until an entry of its term is applied")
    func newLeader() {
        let node = SimulatedNode(log: [1, 1, 1], term: 1, applied: 1)

        // b has lost track as well: all servers were stopped.
        node.append(after: (3, 1), commit: 1, from: "b", term: 2)
        #expect(!node.hasCaughtUp(applied: 1))
        node.append([2], after: (3, 1), commit: 1, from: "b", term: 2, sequence: 2)
        node.flush()
        node.append(after: (4, 2), commit: 4, from: "b", term: 2, sequence: 3)

        #expect(!node.hasCaughtUp(applied: 3))
        #expect(node.hasCaughtUp(applied: 4))
    }

    @Test("A leader has caught up when it has applied an entry of its term")
    func leader() {
        let node = SimulatedNode(log: [1, 1, 1], term: 1, applied: 1)
        node.leadAndCommit()

        #expect(!node.hasCaughtUp(applied: 3))
        #expect(node.hasCaughtUp(applied: 4))
    }

    @Test("Nobody has without a leader")
    func noLeader() {
        let node = SimulatedNode(log: [1], term: 1, applied: 1)

        #expect(!node.hasCaughtUp(applied: 1))
        node.campaign()
        #expect(!node.hasCaughtUp(applied: 1))
    }
}
