import HotPath
import RaftCore
import Testing

@Suite("A node that is removed")
struct RemovedNodeTests {
    @Test("It answers the reads that wait, refuses what comes, and shows nothing any more")
    func told() throws {
        let played = PlayedReplica()
        try played.follow()
        played.submitReads(1)
        played.turn()
        try played.receive(.removed(index: LogIndex(2)), from: "b")
        played.turn()
        played.submitPuts(1)
        played.submitReads(1)
        played.turn()

        let answers = played.takeDepartures().answers
        #expect(played.board.current.isRemoved)
        #expect(played.board.staleReads == .removed)
        #expect(answers.count == 3)
        #expect(answers.suffix(2).allSatisfy { $0.outcome == .failed(.removed) })
        #expect(played.admission.waitingCommands == 0)
    }

    @Test("Whoever is no member and asks for votes is told so, each time; a member is not")
    func asksForVotes() throws {
        let played = PlayedReplica()
        played.ports.linked.insert("d")
        let request = RequestVoteRequest(isPreVote: true, isLeadershipTransfer: false, lastLogID: .of(1))
        for peer: NodeID in ["d", "b", "d"] {
            let message = Message(from: peer, to: "a", term: Term(2), body: .requestVoteRequest(request))
            try played.receive(.raft(message, entries: []), from: peer)
            played.turn()

            let isTold = played.takeDepartures().messages(to: peer).contains { message in
                if case .removed(let index) = message { index == LogIndex(1) } else { false }
            }
            #expect(isTold == (peer == "d"), "\(peer)")
        }
    }
}
