import RaftCore
import Testing

/// "currentTerm, votedFor, log: updated on stable storage before responding to RPCs" (paper, figure 2): a disk that
/// went back to an older copy of itself has forgotten some of it, and only a leader can tell.
@Suite("A server that has just started")
struct AbstentionTests {
    private static let timeout = RaftSettings().electionTimeoutNanosecondsMin / 1_000_000

    private static func started() -> SimulatedNode { SimulatedNode(log: [1, 1], abstains: true) }

    private static func isGranted(_ node: SimulatedNode, preVote: Bool) -> [Bool] {
        node.receive(.requestVote(last: .at(9, 1), preVote: preVote), from: "b", term: 2).votes.map(\.voteGranted)
    }

    @Test("It grants nobody a vote or a pre-vote for an election timeout", arguments: [false, true])
    func waits(preVote: Bool) {
        let node = Self.started()
        #expect(Self.isGranted(node, preVote: preVote) == [false])

        node.pass(milliseconds: Self.timeout - 1)
        #expect(Self.isGranted(node, preVote: preVote) == [false])

        node.pass(milliseconds: 1)
        #expect(Self.isGranted(node, preVote: preVote) == [true])
    }

    @Test("Once it has heard from a leader, whoever finds a loss, it votes")
    func hearsALeader() {
        let node = Self.started()
        node.append([], after: (2, 1), from: "c", term: 1)
        node.step(.peerUnreachable("c"))

        #expect(Self.isGranted(node, preVote: false) == [true])
    }

    @Test("A fresh server has promised nothing yet, and votes at once", arguments: [false, true])
    func fresh(preVote: Bool) {
        let node = SimulatedNode(abstains: true)

        #expect(Self.isGranted(node, preVote: preVote) == [true])
    }

    @Test("Its own campaign is its own affair: alone it leads at once")
    func alone() {
        let node = SimulatedNode("a", voters: ["a"], log: [1], abstains: true)

        node.step(.timeElapsed)
        node.flush()

        #expect(node.raft.role == .leader)
    }
}
