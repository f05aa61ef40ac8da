import RaftCore
import Testing

@testable import HotPath

@Suite("Why there is no leader")
struct WhyNoLeaderTests {
    private func status(_ members: [Member], reachable: Int, leader: NodeID? = nil) -> NodeStatus {
        var status = NodeStatus(nodeID: "a", clusterID: "", role: .follower, term: Term(8))
        status.configuration = Configuration(members: members)
        status.reachableVoters = reachable
        status.leaderID = leader
        return status
    }

    private let voters = ["a", "b", "c"].map { Member(id: $0, role: .voter) }

    @Test("The reason follows from the status")
    func reasons() {
        #expect(WhyNoLeader(status(voters, reachable: 1, leader: "b")) == nil)
        #expect(WhyNoLeader(status([], reachable: 0)) == .notJoined)
        #expect(WhyNoLeader(status(Array(voters.dropFirst()), reachable: 2)) == .removed)
        #expect(WhyNoLeader(status(voters, reachable: 1)) == .noQuorum(reachable: 1, voters: 3))
        #expect(WhyNoLeader(status(voters, reachable: 2)) == .election(Term(8)))
        #expect(WhyNoLeader(status(Array(voters.prefix(2)), reachable: 1)) == .noQuorum(reachable: 1, voters: 2))
        #expect(WhyNoLeader(status(Array(voters.prefix(1)), reachable: 1)) == .election(Term(8)))
        let learner = [Member(id: "a", role: .learner)] + voters.dropFirst()
        #expect(WhyNoLeader(status(learner, reachable: 1)) == .noQuorum(reachable: 1, voters: 2))
        #expect(WhyNoLeader(status(learner, reachable: 2)) == .election(Term(8)))
    }

    @Test("The words are the same wherever they are shown")
    func words() {
        #expect("\(WhyNoLeader.notJoined)" == "not a member of a cluster yet")
        #expect("\(WhyNoLeader.noQuorum(reachable: 1, voters: 3))" == "1 of 3 voters reachable")
        #expect(WhyNoLeader.noQuorum(reachable: 2, voters: 5).advice.hasPrefix("a leader needs 3:"))
        #expect("\(WhyNoLeader.election(Term(8)))" == "election in progress (term 8)")
        #expect(WhyNoLeader.election(Term(8)).isAlike(.election(Term(9))))
        #expect(!WhyNoLeader.election(Term(8)).isAlike(.notJoined))
        #expect(!WhyNoLeader.noQuorum(reachable: 1, voters: 5).isAlike(.noQuorum(reachable: 2, voters: 5)))
    }
}
