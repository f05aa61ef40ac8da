import ClusterControl
import HotPath
import RaftCore
import Testing

@testable import NodeControl

@Suite("What a join says of itself")
struct JoinTests {
    @Test(
        "A failed join has changed what is left of its own steps, whatever others did meanwhile",
        arguments: [
            (false, false, false, ControlEffect.no),
            // Its history is gone, and it is no member.
            (true, false, false, .partly),
            // Another join took it in, for which its history had to go as well.
            (true, false, true, .no), (false, false, true, .no),
            (true, true, true, .partly), (false, true, true, .partly),
            // A removal took it out again.
            (false, true, false, .no), (true, true, false, .partly),
        ])
    func effect(hasAdopted: Bool, hasEntered: Bool, isMember: Bool, effect: ControlEffect) {
        #expect(Join.effect(hasAdopted: hasAdopted, hasEntered: hasEntered, isMember: isMember) == effect)
    }

    @Test("A joiner that does not catch up is no effect of the request that waits for it")
    func notCaughtUp() {
        let failure = ConfigurationOutcome.Refusal.notCaughtUp.failure

        #expect(failure.code == .timeout && failure.applied == .no)
        #expect(failure.after(.partly).applied == .partly)
    }

    @Test("A leader that is asked to join itself elsewhere says where the members know it")
    func itself() {
        let leader = Member(id: "a", role: .voter, raftAddress: "10.0.0.1:1111", httpAddress: "10.0.0.1:2221")
        #expect(Join.ignored("10.0.0.1:1111", nil, of: leader) == nil)
        #expect(Join.ignored("[::ffff:10.0.0.1]:1111", "10.0.0.1:2221", of: leader) == nil)
        #expect(Join.ignored("localhost:1111", nil, of: Member(id: "a", role: .voter)) == nil)

        let raft = Join.ignored("localhost:1111", nil, of: leader)
        #expect(raft?.hasSuffix("the members know it at 10.0.0.1:1111 (set by RAFT_ADVERTISE)") == true)
        let http = Join.ignored("10.0.0.1:1111", "public:80", of: leader)
        #expect(http?.hasSuffix("the members know it at 10.0.0.1:2221 for HTTP (set by SERVER_ADVERTISE)") == true)
    }
}
