import RaftCore
import Testing

@testable import HotPath

@Suite("A follower that fetches a snapshot in place of its log")
struct SnapshotFetchTests {
    @Test("Its account of itself shows what is on its way, and what has left its log once that is installed")
    func account() throws {
        let (played, id) = try PlayedReplica.fetching()
        #expect(played.board.current.snapshotTransfers == [])
        #expect(played.board.current.compacted == .zero)

        let transfer = SnapshotProgress(direction: .receiving, peer: "b", lastIncluded: .of(90, term: 2))
        played.ports.transfers = [transfer]
        played.pass(milliseconds: 100)
        played.turn()
        #expect(played.board.current.snapshotTransfers == [transfer])

        played.ports.transfers = []
        played.post(.fetched(id: id, PlayedSnapshot(LogIndex(90), of: played.stateMachine)))
        played.turn()
        try played.flushLog()
        played.pass(milliseconds: 100)
        played.turn()
        #expect(played.board.current.snapshotTransfers == [])
        #expect(played.board.current.compacted == .of(90, term: 2))
    }

    @Test("A snapshot that does not come leaves the log as it is, and the leader hears of it")
    func unavailable() throws {
        let (played, id) = try PlayedReplica.fetching()
        _ = played.takeDepartures()

        played.post(.unavailable(id: id))
        played.turn()

        #expect(
            played.takeDepartures().snapshotAnswers
                == [InstallSnapshotResponse(lastIncluded: .of(90, term: 2), installed: false)])
        #expect(played.replica.lastLogID == .of(5))
        try played.announceSnapshot()
        played.turn()
        #expect(played.ports.snapshotCalls.count == 2)
    }

    @Test("A fetch from a leader that another one has replaced is given up")
    func otherLeader() throws {
        let (played, id) = try PlayedReplica.fetching()
        try played.receiveEntries([], after: .of(5), commit: 5, sequence: 1, from: "c", term: 3)
        played.turn()
        #expect(played.ports.snapshotCalls.last == .cancelFetch(id))

        played.post(.fetched(id: id, PlayedSnapshot(LogIndex(90), of: played.stateMachine)))
        played.turn()
        #expect(played.takeDepartures().installationCount == 0)
        #expect(played.replica.lastLogID == .of(5))
    }

    @Test("The snapshot of a leader that is known to have wrong data is neither fetched nor installed")
    func wrongData() throws {
        let (played, id) = try PlayedReplica.fetching()
        let suspect = Verdict.Suspect(id: "b", instance: nil)
        played.report(
            verdicts: [Verdict(comparedAt: LogIndex(3), range: .all, isDecided: true, suspects: [suspect])])
        played.post(.fetched(id: id, PlayedSnapshot(LogIndex(90), of: played.stateMachine)))
        played.turn()
        #expect(played.ports.snapshotCalls.last == .cancelFetch(id))
        #expect(played.takeDepartures().installationCount == 0)

        let count = played.ports.snapshotCalls.count
        try played.announceSnapshot()
        played.turn()
        played.turn()
        #expect(played.ports.snapshotCalls.count == count)
        #expect(played.replica.catchUp.fetch == nil)
    }

    @Test("A leader that is gone by the end of the turn is asked for nothing")
    func leaderGone() throws {
        let played = PlayedReplica(entryCount: 5)
        try played.follow()
        try played.announceSnapshot()
        let vote = RequestVoteRequest(isPreVote: false, isLeadershipTransfer: true, lastLogID: .of(99, term: 2))
        try played.receive(
            .raft(Message(from: "c", to: "a", term: Term(3), body: .requestVoteRequest(vote)), entries: []), from: "c")
        played.turn()
        #expect(played.ports.snapshotCalls.isEmpty)
        played.turn()
        #expect(played.replica.catchUp.fetch == nil)
    }
}
