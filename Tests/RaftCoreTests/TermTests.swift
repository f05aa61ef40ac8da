internal import RaftCore
internal import Testing

@Suite("§5.1 Terms")
struct TermTests {
    /// One message of each kind that carries the sender's own term.
    static let bodies: [Message.Body] = [
        .requestVote(last: .zero),
        .vote(term: 1, granted: false),
        .append(),
        .appendEntriesResponse(AppendEntriesResponse(result: .matched(.zero), readRound: 0, sequence: 0)),
        .installSnapshotRequest(InstallSnapshotRequest(lastIncluded: .at(5, 1), configuration: Configuration())),
        .installSnapshotResponse(InstallSnapshotResponse(lastIncluded: .at(5, 1), installed: true)),
        .timeoutNow(TimeoutNow(lastLogID: .at(5, 1))),
    ]

    @Test("§5.1 A server with a smaller term updates it to the larger value, whatever the message", arguments: bodies)
    func adoptsLargerTerm(body: Message.Body) {
        let node = SimulatedNode(term: 3, vote: "c")

        let effects = node.receive(body, from: "b", term: 5)

        #expect(node.raft.currentTerm == Term(5))
        #expect(effects.hardState?.currentTerm == Term(5))
        #expect(effects.roleChanged)
    }

    @Test("§5.1 A candidate that discovers that its term is out of date reverts to follower", arguments: bodies)
    func candidateReverts(body: Message.Body) {
        let node = SimulatedNode()
        node.campaign()
        #expect(node.raft.role == .candidate)

        node.receive(body, from: "b", term: 7)

        #expect(node.raft.role == .follower)
    }

    @Test("§5.1 A leader that discovers that its term is out of date reverts to follower")
    func leaderReverts() {
        let node = SimulatedNode()
        node.leadAndCommit()
        node.step(.readIndex(ReadID(1)))

        let effects = node.matched(0, term: 0, by: "b", in: 9)

        #expect(node.raft.role == .follower)
        #expect(node.raft.leaderID == nil)
        #expect(effects.leadershipLost)
        #expect(effects.readsFailed == [ReadID(1)])
        #expect(node.raft.hardState == HardState(currentTerm: Term(9)))
    }

    @Test("§5.1 A server that receives a request with a stale term rejects it, with its own term")
    func rejectsStaleRequests() {
        let node = SimulatedNode(log: [1, 1], term: 4)

        let append = node.append([3], after: (2, 1), term: 3)
        let vote = node.receive(.requestVote(last: .at(9, 3)), from: "b", term: 3)
        let preVote = node.receive(.requestVote(last: .at(9, 3), preVote: true), from: "b", term: 3)
        let snapshot = node.receive(
            .installSnapshotRequest(InstallSnapshotRequest(lastIncluded: .at(9, 3), configuration: Configuration())),
            from: "b", term: 3)

        for effects in [append, vote, preVote, snapshot] {
            #expect(effects.messages.count == 1)
            #expect(effects.messages.first?.term == Term(4))
            #expect(effects.appended == nil)
        }
        // A number would be taken for that of a request of the answer's term, which the same leader may have sent.
        let rejection = AppendEntriesResponse(
            result: .conflict(rejected: .at(2, 1), hint: .zero), readRound: 0, sequence: 0)
        #expect(append.messages.map(\.body) == [.appendEntriesResponse(rejection)])
        #expect(vote.votes.first?.voteGranted == false)
        #expect(preVote.votes.first?.voteGranted == false)
        #expect(node.raft.leaderID == nil)
        #expect(node.raft.lastLogID == .at(2, 1))
    }

    @Test("§5.1 Stale answers and TimeoutNow are ignored")
    func ignoresStaleAnswers() {
        let node = SimulatedNode(term: 4)
        node.leadAndCommit()
        let before = node.raft.followerProgress

        let effects = node.matched(1, term: 5, by: "b", in: 4)
        node.receive(.timeoutNow(TimeoutNow(lastLogID: node.raft.lastLogID)), from: "b", term: 4)

        #expect(effects.messages.isEmpty)
        #expect(node.raft.followerProgress == before)
        #expect(node.raft.role == .leader)
    }

    @Test("Figure 2: the current term is durable before any message carries it")
    func termIsDurableBeforeItIsTold() {
        let node = SimulatedNode(term: 3)

        node.append(term: 5)
        let early = node.endTurn()
        node.flush()
        node.append(term: 5, sequence: 2)
        let late = node.endTurn()

        #expect(early.messages.isEmpty)
        #expect(early.lateAnswers == [.matched(.zero)])
        #expect(late.answers == [.matched(.zero)])
        #expect(late.messagesAfterFlush.isEmpty)
    }

    @Test("Terms and indexes beyond all reason are ignored, and nothing overflows")
    func ignoresAbsurdNumbers() {
        let huge = UInt64.max
        let bodies: [Message.Body] = [
            .requestVote(last: .at(huge, huge)),
            .appendEntriesRequest(
                AppendEntriesRequest(
                    prevLogID: .at(huge, 1), range: LogRange(LogIndex(0), LogIndex(0)), leaderCommit: LogIndex(huge),
                    readRound: huge, sequence: huge)),
            .appendEntriesRequest(
                AppendEntriesRequest(
                    prevLogID: .at(0, 0), range: LogRange(LogIndex(1), LogIndex(huge)), leaderCommit: LogIndex(huge),
                    readRound: huge, sequence: huge)),
            .appendEntriesResponse(
                AppendEntriesResponse(result: .matched(.at(huge, huge)), readRound: huge, sequence: huge)),
            .appendEntriesResponse(
                AppendEntriesResponse(
                    result: .conflict(rejected: .at(huge, huge), hint: .at(huge, huge)), readRound: huge, sequence: huge
                )),
            .installSnapshotRequest(
                InstallSnapshotRequest(lastIncluded: .at(huge, huge), configuration: Configuration())),
            .installSnapshotResponse(InstallSnapshotResponse(lastIncluded: .at(huge, huge), installed: true)),
            .timeoutNow(TimeoutNow(lastLogID: .at(huge, huge))),
        ]
        for body in bodies {
            let follower = SimulatedNode(log: [1, 1])
            let leader = SimulatedNode(log: [1, 1])
            leader.leadAndCommit()
            for term in [0, 1, 2, UInt64.max / 2, UInt64.max / 2 + 1, .max - 1, .max] {
                follower.receive(body, from: "b", term: term)
                leader.receive(body, from: "b", term: term)
            }
            #expect(follower.raft.currentTerm.rawValue <= UInt64.max / 2)
            #expect(follower.raft.lastLogID == .at(2, 1))
        }
    }

    @Test("An absurd commit index and round in an otherwise sound request do no harm")
    func toleratesAbsurdCommitIndex() {
        let node = SimulatedNode(log: [1, 1])

        node.append(after: (2, 1), commit: .max, term: 1, round: .max, sequence: .max)
        node.endTurn()

        #expect(node.raft.commitIndex == LogIndex(2))
    }

    @Test("Messages to another server, or from oneself, are ignored")
    func ignoresMisdirectedMessages() {
        let node = SimulatedNode()

        node.step(.receive(Message(from: "b", to: "c", term: Term(9), body: .append())))
        node.step(.receive(Message(from: "a", to: "a", term: Term(9), body: .append())))

        #expect(node.raft.currentTerm == .zero)
    }
}
