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

    @Test("A node whose fellow members are gone says so, and one that sees a majority is in an election")
    func simulated() throws {
        let cluster = try SimulatedCluster(seed: 9)
        cluster.faults.restartPercent = 0
        for _ in 0..<200_000 where cluster.leader == nil { try cluster.advance() }
        let board = try #require(cluster.nodes[0].running).replica.ports.board
        #expect(WhyNoLeader(board.current) == nil || cluster.leader != nil)

        cluster.crash(cluster.nodes[1])
        cluster.crash(cluster.nodes[2])
        for _ in 0..<200_000 where WhyNoLeader(board.current) == nil { try cluster.advance() }
        for _ in 0..<20_000 { try cluster.advance() }

        #expect(WhyNoLeader(board.current) == .noQuorum(reachable: 1, voters: 3))

        try cluster.start(cluster.nodes[1])
        var seen: Set<String> = []
        for _ in 0..<200_000 where cluster.leader == nil {
            try cluster.advance()
            if let why = WhyNoLeader(board.current) { seen.insert(String("\(why)".prefix(8))) }
        }

        #expect(cluster.leader != nil)
        #expect(seen.isSubset(of: ["1 of 3 v", "election"]))
    }
}
