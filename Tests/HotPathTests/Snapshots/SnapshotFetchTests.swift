import RaftCore
import Testing

@testable import HotPath

@Suite("A follower that is to take a snapshot in place of its log")
struct SnapshotFetchTests {
    private static let configuration = Configuration(
        members: ["a", "b", "c"].map { Member(id: $0, role: .voter) } + [Member(id: "d", role: .learner)])

    /// A follower of `b` in term 2 that holds entries 1 to 5, and was told of a snapshot through entry 90 of term 2.
    private func makeFollower() throws -> (PlayedReplica, id: UInt64) {
        let played = PlayedReplica(entryCount: 5)
        try played.follow()
        try announce(to: played)
        played.turn()
        guard case .fetch(.of(90, term: 2), from: "b", let id)? = played.ports.snapshotCalls.last else {
            throw NotAsked(calls: played.ports.snapshotCalls)
        }
        return (played, id)
    }

    private struct NotAsked: Error {
        var calls: [PlayedPorts.SnapshotCall]
    }

    private func announce(to played: PlayedReplica) throws {
        let request = InstallSnapshotRequest(lastIncluded: .of(90, term: 2), configuration: Self.configuration)
        try played.receive(
            .raft(Message(from: "b", to: "a", term: Term(2), body: .installSnapshotRequest(request)), entries: []),
            from: "b")
    }

    private func answers(in departures: [PlayedPorts.Departure], to leader: NodeID = "b") -> [InstallSnapshotResponse] {
        var found: [InstallSnapshotResponse] = []
        for case .raft(let message, _) in departures.messages(to: leader) {
            if case .installSnapshotResponse(let response) = message.body { found.append(response) }
        }
        return found
    }

    private func installations(in departures: [PlayedPorts.Departure]) -> Int {
        var count = 0
        for case .logJob(let job) in departures where job.installation != nil { count += 1 }
        return count
    }

    @Test("Its account of itself shows what is on its way, and what has left its log once that is installed")
    func account() throws {
        let (played, id) = try makeFollower()
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

    @Test("It fetches it once, installs it between two log jobs, and takes the entries that follow")
    func wholeWay() throws {
        let (played, id) = try makeFollower()
        try announce(to: played)
        played.turn()
        #expect(played.ports.snapshotCalls.count == 1)

        let snapshot = PlayedSnapshot(LogIndex(90), of: played.stateMachine)
        played.post(.fetched(id: id, snapshot))
        played.turn()
        #expect(installations(in: played.takeDepartures()) == 1)
        #expect(played.replica.lastLogID == .of(5))
        try played.flushLog()
        played.turn()

        #expect(snapshot.configuration == Self.configuration)
        #expect(played.replica.configuration == Self.configuration)
        #expect(played.replica.lastLogID == .of(90, term: 2))
        #expect(played.replica.flushedIndex == LogIndex(90))
        #expect(played.replica.firstIndexInMemory == LogIndex(91))
        #expect(played.board.current.appliedIndex == LogIndex(90))
        #expect(
            answers(in: played.takeDepartures())
                == [InstallSnapshotResponse(lastIncluded: .of(90, term: 2), installed: true)])
        try played.receiveEntries([.blank(91, term: 2)], after: .of(90, term: 2), commit: 91, sequence: 9)
        played.turn()
        try played.flushLog()
        played.turn()
        try played.applyAll()
        #expect(played.stateMachine.appliedIndex == LogIndex(91))
    }

    @Test("It waits for what is being applied: the state machine must not go back to an older entry")
    func applyFirst() throws {
        let played = PlayedReplica(entryCount: 5)
        try played.follow()
        try played.receiveEntries([.blank(6, term: 2)], after: .of(5), commit: 6, sequence: 2)
        played.turn()
        try played.flushLog()
        played.turn()
        #expect(played.ports.applyJobs.count == 1)
        try announce(to: played)
        played.turn()
        guard case .fetch(_, from: _, let id)? = played.ports.snapshotCalls.last else {
            throw NotAsked(calls: played.ports.snapshotCalls)
        }
        _ = played.takeDepartures()

        played.post(.fetched(id: id, PlayedSnapshot(LogIndex(90), of: played.stateMachine)))
        played.turn()
        #expect(installations(in: played.takeDepartures()) == 0)
        try played.applyAll()
        #expect(played.ports.isTurnDue, "nobody wakes the replica when the last entry is applied")
        played.turn()
        #expect(installations(in: played.takeDepartures()) == 1)
    }

    @Test("It waits for entries that are committed and not durable yet: they are still to be applied")
    func durableFirst() throws {
        let played = PlayedReplica(entryCount: 5)
        try played.follow()
        try played.receiveEntries([.blank(6, term: 2)], after: .of(5), commit: 6, sequence: 2)
        try announce(to: played)
        played.turn()
        guard case .fetch(_, from: _, let id)? = played.ports.snapshotCalls.last else {
            throw NotAsked(calls: played.ports.snapshotCalls)
        }
        _ = played.takeDepartures()
        played.post(.fetched(id: id, PlayedSnapshot(LogIndex(90), of: played.stateMachine)))
        played.turn()
        #expect(installations(in: played.takeDepartures()) == 0)

        try played.flushLog()
        played.turn()
        try played.applyAll()
        played.turn()
        #expect(installations(in: played.takeDepartures()) == 1)
    }

    @Test("Entries that nobody has committed stay until the core knows that the log is another one")
    func uncommittedEntries() throws {
        var settings = ReplicaSettings()
        settings.entryRingBytesKept = 0
        let played = PlayedReplica(entryCount: 5, settings: settings)
        try played.follow()
        try played.receiveEntries(
            [.blank(6, term: 2), .blank(7, term: 2)], after: .of(5), commit: 5, sequence: 2)
        played.turn()
        try played.flushLog()
        try announce(to: played)
        played.turn()
        guard case .fetch(_, from: _, let id)? = played.ports.snapshotCalls.last else {
            throw NotAsked(calls: played.ports.snapshotCalls)
        }
        played.post(.fetched(id: id, PlayedSnapshot(LogIndex(90), of: played.stateMachine)))
        played.turn()

        // The log thread has installed it, and has not said so yet.
        played.stateMachine.become(LogIndex(90), revision: 1_000)
        played.turn()
        #expect(played.replica.firstIndexInMemory == LogIndex(6))
        try played.flushLog()
        played.turn()
        #expect(played.replica.firstIndexInMemory == LogIndex(91))
    }

    @Test("A snapshot that does not come leaves the log as it is, and the leader hears of it")
    func unavailable() throws {
        let (played, id) = try makeFollower()
        _ = played.takeDepartures()

        played.post(.unavailable(id: id))
        played.turn()

        #expect(
            answers(in: played.takeDepartures())
                == [InstallSnapshotResponse(lastIncluded: .of(90, term: 2), installed: false)])
        #expect(played.replica.lastLogID == .of(5))
        try announce(to: played)
        played.turn()
        #expect(played.ports.snapshotCalls.count == 2)
    }

    @Test("A fetch from a leader that another one has replaced is given up")
    func otherLeader() throws {
        let (played, id) = try makeFollower()
        try played.receiveEntries([], after: .of(5), commit: 5, sequence: 1, from: "c", term: 3)
        played.turn()
        #expect(played.ports.snapshotCalls.last == .cancelFetch(id))

        played.post(.fetched(id: id, PlayedSnapshot(LogIndex(90), of: played.stateMachine)))
        played.turn()
        #expect(installations(in: played.takeDepartures()) == 0)
        #expect(played.replica.lastLogID == .of(5))
    }

    @Test("A leader that is gone by the end of the turn is asked for nothing")
    func leaderGone() throws {
        let played = PlayedReplica(entryCount: 5)
        try played.follow()
        try announce(to: played)
        let vote = RequestVoteRequest(isPreVote: false, isLeadershipTransfer: true, lastLogID: .of(99, term: 2))
        try played.receive(
            .raft(Message(from: "c", to: "a", term: Term(3), body: .requestVoteRequest(vote)), entries: []), from: "c")
        played.turn()
        #expect(played.ports.snapshotCalls.isEmpty)
        played.turn()
        #expect(played.replica.catchUp.fetch == nil)
    }

    @Test("A durability notice of the replaced log vouches for nothing")
    func oldNotice() throws {
        let (played, id) = try makeFollower()
        played.post(.fetched(id: id, PlayedSnapshot(LogIndex(90), of: played.stateMachine)))
        played.turn()
        // Term 3 has to be durable, and is written after the installation.
        let vote = RequestVoteRequest(isPreVote: false, isLeadershipTransfer: true, lastLogID: .of(99, term: 2))
        try played.receive(
            .raft(Message(from: "c", to: "a", term: Term(3), body: .requestVoteRequest(vote)), entries: []), from: "c")
        played.turn()
        try played.flushLog()
        played.turn()
        #expect(played.replica.lastLogID == .of(90, term: 2))
        #expect(played.replica.flushedIndex == LogIndex(90))
        #expect(played.replica.currentTerm == Term(3))
    }
}
