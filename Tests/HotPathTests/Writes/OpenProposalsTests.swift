import RaftCore
import Testing

@testable import HotPath

@Suite("Proposals of a leader")
struct OpenProposalsTests {
    private var proposals = OpenProposals()

    /// The entries 4 and 5 carry two commands of this node's users and one of another node's.
    init() {
        let mine = ApplyJob.Waiters(
            index: LogIndex(4), tags: [.user(1), .user(2, sink: 1)], admittedCommands: 2, admittedBytes: 100)
        let others = ApplyJob.Waiters(
            index: LogIndex(5), tags: [.user(3, sink: RequestTag.forwardSink)], admittedCommands: 0, admittedBytes: 0)
        proposals.append(mine, for: .of(4))
        proposals.append(others, for: .of(5))
    }

    @Test("Those of a range leave with it, in order, and the others stay")
    mutating func range() {
        #expect(proposals.popFirst(in: .of(1...3)) == nil)
        #expect(proposals.popFirst(in: .of(1...4))?.id == .of(4))
        #expect(proposals.popFirst(in: .of(1...4)) == nil)
        #expect(!proposals.isEmpty)
        #expect(proposals.popFirst(in: .of(5...9))?.waiters.tags == [.user(3, sink: RequestTag.forwardSink)])
        #expect(proposals.isEmpty)
    }

    @Test("All that are open when leadership is lost have an unknown outcome and give their room back")
    mutating func leadershipLost() {
        var answers = Answers(sinkCount: 2)
        var forwarded: [Completion] = []

        let released = proposals.endWithLeadership(local: &answers, forwarded: &forwarded)
        let local = answers.take(for: 0) + answers.take(for: 1)

        #expect(released == Admission.Room(commands: 2, bytes: 100))
        #expect(local.map(\.tag) == [.user(1), .user(2, sink: 1)])
        #expect(forwarded.map(\.tag) == [.user(3, sink: RequestTag.forwardSink)])
        #expect((local + forwarded).allSatisfy { $0.outcome == .failed(.unknownOutcome) })
        #expect(proposals.isEmpty)
    }
}
