internal import RaftCore
internal import Testing

/// Thesis 4.1: "Each server uses the latest configuration in its log." A server that is being sent the log so uses old
/// ones, in which its name may have been another server's.
@Suite("Names that another directory had before")
struct NamesakeTests {
    private let former = InstanceID(high: 1, low: 1)
    private let own = InstanceID(high: 2, low: 2)

    private func member(_ id: NodeID, _ instance: InstanceID, role: Member.Role = .voter) -> Member {
        Member(id: id, role: role, instance: instance)
    }

    /// A server whose log ends in the given configuration.
    private func node(_ members: [Member], instance: InstanceID?, settings: RaftSettings = RaftSettings())
        -> SimulatedNode
    {
        var recovered = Raft.Recovered()
        recovered.append(.at(1, 1), size: 10)
        recovered.configurations = [
            ConfigurationEntry(index: LogIndex(1), configuration: Configuration(members: members))
        ]
        recovered.hardState = HardState(currentTerm: Term(1))
        return SimulatedNode("a", instance: instance, recovered: recovered, settings: settings)
    }

    private func waitLong(_ node: SimulatedNode) {
        for _ in 0..<20 {
            node.pass(milliseconds: 2_000)
            node.step(.timeElapsed)
            node.flush()
        }
    }

    @Test("A server does not lead the cluster of one with which its log begins", arguments: [true, false])
    func clusterOfOne(preVote: Bool) {
        var settings = RaftSettings()
        settings.preVote = preVote
        let node = node([member("a", former)], instance: own, settings: settings)

        waitLong(node)

        #expect(node.raft.role == .follower)
        #expect(node.raft.currentTerm == Term(1))
    }

    @Test("The directory that founded a cluster of one leads it, and so does one of which nobody knows")
    func founder() {
        for instance in [former, nil] {
            let node = node([member("a", former)], instance: instance)
            waitLong(node)
            #expect(node.raft.role == .leader)
        }
    }

    @Test("A server counts in no configuration in which its name is another directory's, and campaigns in none")
    func largerCluster() {
        let members = [member("a", former), member("b", InstanceID(high: 3, low: 3))]
        let namesake = node(members, instance: own)
        waitLong(namesake)
        #expect(namesake.raft.role == .follower)

        let itself = node(members, instance: former)
        waitLong(itself)
        #expect(itself.raft.role == .preCandidate)
    }

    @Test("It campaigns once a configuration names its own directory")
    func ownConfiguration() {
        let node = node([member("a", former)], instance: own)
        let configuration = Configuration(members: [member("a", own), member("b", former)])
        let request = AppendEntriesRequest(
            prevLogID: .at(1, 1), range: LogRange(LogIndex(2), LogIndex(3)),
            runs: [EntryRun(term: Term(1), sizes: [10])],
            configurations: [ConfigurationEntry(index: LogIndex(2), configuration: configuration)],
            leaderCommit: LogIndex(1), readRound: 0, sequence: 1)
        node.receive(.appendEntriesRequest(request), from: "b", term: 1)
        node.flush()
        #expect(node.raft.configuration == configuration)

        waitLong(node)

        #expect(node.raft.role == .preCandidate)
    }
}
