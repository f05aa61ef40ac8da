import RaftCore
import Testing

@testable import HotPath

@Suite("A follower that installs the snapshot that it has fetched")
struct SnapshotInstallationTests {
    @Test("It fetches it once, installs it between two log jobs, and takes the entries that follow")
    func wholeWay() throws {
        let (played, id) = try PlayedReplica.fetching()
        try played.announceSnapshot()
        played.turn()
        #expect(played.ports.snapshotCalls.count == 1)

        let snapshot = PlayedSnapshot(LogIndex(90), of: played.stateMachine)
        played.post(.fetched(id: id, snapshot))
        played.turn()
        #expect(played.takeDepartures().installationCount == 1)
        #expect(played.replica.lastLogID == .of(5))
        try played.flushLog()
        played.turn()

        #expect(snapshot.configuration == PlayedReplica.snapshotConfiguration)
        #expect(played.replica.configuration == PlayedReplica.snapshotConfiguration)
        #expect(played.replica.lastLogID == .of(90, term: 2))
        #expect(played.replica.flushedIndex == LogIndex(90))
        #expect(played.replica.firstIndexInMemory == LogIndex(91))
        #expect(played.board.current.appliedIndex == LogIndex(90))
        #expect(
            played.takeDepartures().snapshotAnswers
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
        try played.announceSnapshot()
        played.turn()
        let id = try played.fetchID()
        _ = played.takeDepartures()

        played.post(.fetched(id: id, PlayedSnapshot(LogIndex(90), of: played.stateMachine)))
        played.turn()
        #expect(played.takeDepartures().installationCount == 0)
        try played.applyAll()
        #expect(played.ports.isTurnDue, "nobody wakes the replica when the last entry is applied")
        played.turn()
        #expect(played.takeDepartures().installationCount == 1)
    }

    @Test("It waits until the apply thread is done with its last entry, which may be one to compare after")
    func comparedFirst() throws {
        let played = PlayedReplica(entryCount: 5, featureLevel: FeatureLevel.comparisons)
        try played.follow()
        let comparison = Entry(
            id: .of(6, term: 2), kind: .comparison, commandCount: 0, payload: KeyRange.all.payload,
            featureLevel: FeatureLevel.comparisons)
        try played.receiveEntries([comparison], after: .of(5), commit: 6, sequence: 2)
        played.turn()
        try played.flushLog()
        played.turn()
        try played.announceSnapshot()
        played.turn()
        let id = try played.fetchID()
        _ = played.takeDepartures()
        played.post(.fetched(id: id, PlayedSnapshot(LogIndex(90), of: played.stateMachine)))
        var installations: [Int] = []
        played.comparer.onCompare = {
            played.turn()
            installations.append(played.takeDepartures().installationCount)
        }

        try played.applyAll()
        played.turn()
        installations.append(played.takeDepartures().installationCount)

        #expect(installations == [0, 1])
    }

    @Test("Nor is a node idle before, whose history may then be dropped for a join")
    func comparedBeforeIdle() throws {
        let played = PlayedReplica(entryCount: 5, featureLevel: FeatureLevel.comparisons)
        try played.follow()
        let comparison = Entry(
            id: .of(6, term: 2), kind: .comparison, commandCount: 0, payload: KeyRange.all.payload,
            featureLevel: FeatureLevel.comparisons)
        try played.receiveEntries([comparison], after: .of(5), commit: 6, sequence: 2)
        played.turn()
        try played.flushLog()
        played.turn()
        var isIdle: [Bool] = []
        played.replica.whenIdle(timeoutMilliseconds: 1_000) { isIdle.append($0) }
        played.turn()
        var isIdleMeanwhile: [Bool] = []
        played.comparer.onCompare = {
            played.turn()
            isIdleMeanwhile = isIdle
        }

        try played.applyAll()
        #expect(played.comparer.compared.count == 1 && isIdleMeanwhile.isEmpty)
        #expect(played.ports.isTurnDue, "nobody wakes the replica when the apply thread is done")
        played.turn()
        #expect(isIdle == [true])
    }

    @Test("It waits for entries that are committed and not durable yet: they are still to be applied")
    func durableFirst() throws {
        let played = PlayedReplica(entryCount: 5)
        try played.follow()
        try played.receiveEntries([.blank(6, term: 2)], after: .of(5), commit: 6, sequence: 2)
        try played.announceSnapshot()
        played.turn()
        let id = try played.fetchID()
        _ = played.takeDepartures()
        played.post(.fetched(id: id, PlayedSnapshot(LogIndex(90), of: played.stateMachine)))
        played.turn()
        #expect(played.takeDepartures().installationCount == 0)

        try played.flushLog()
        played.turn()
        try played.applyAll()
        played.turn()
        #expect(played.takeDepartures().installationCount == 1)
    }

    @Test("It vouches for no vote that is not durable with it")
    func vote() throws {
        let (played, id) = try PlayedReplica.fetching()
        _ = played.takeDepartures()
        played.post(.fetched(id: id, PlayedSnapshot(LogIndex(90), of: played.stateMachine)))
        let request = RequestVoteRequest(isPreVote: false, isLeadershipTransfer: true, lastLogID: .of(99, term: 2))
        try played.receive(
            .raft(Message(from: "c", to: "a", term: Term(3), body: .requestVoteRequest(request)), entries: []),
            from: "c")
        played.turn()

        var durable: HardState?
        var vouched: [Bool] = []
        for case .logJob(let job) in played.takeDepartures() {
            durable = job.hardState ?? durable
            vouched.append(job.notice.hardState == durable)
        }
        #expect(vouched == [true, true] && durable?.votedFor == "c")
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
        try played.announceSnapshot()
        played.turn()
        let id = try played.fetchID()
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

    @Test("A durability notice of the replaced log vouches for nothing")
    func oldNotice() throws {
        let (played, id) = try PlayedReplica.fetching()
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
