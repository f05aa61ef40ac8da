import RaftCore
import Testing

@testable import HotPath

@Suite("A leader whose follower needs entries that have left the log")
struct SnapshotOfferTests {
    /// The leader of term 2, whose log begins after entry 40 of 50. The follower `b` matches up to 10.
    private func makeLeader() throws -> PlayedReplica {
        var settings = ReplicaSettings()
        settings.snapshotWaitNanoseconds = 1_000_000_000
        settings.snapshotInstallationNanoseconds = 3_000_000_000
        settings.snapshotAgeNanosecondsMax = 6_000_000_000
        settings.snapshotPauseNanosecondsMin = 100_000_000
        settings.snapshotPauseNanosecondsMax = 1_600_000_000
        settings.snapshotAnnouncementNanoseconds = 500_000_000
        var compaction = CompactionSettings(logMemTableBytes: 4_000)
        compaction.laggingBytesMax = 20_000
        settings.compaction = compaction
        let played = PlayedReplica(entryCount: 50, settings: settings)
        played.silent = ["b"]
        try played.lead()
        played.replica.step(.compacted(through: .of(40)), now: played.ports.now)
        try conflict(at: played)
        played.turn()
        return played
    }

    /// `b` lacks what the latest request to it asks for.
    private func conflict(at played: PlayedReplica) throws {
        try answer(.conflict(rejected: .of(50), hint: .of(10)), at: played)
    }

    /// `b` answers the latest heartbeat, which any log matches, and says what it has.
    private func match(at played: PlayedReplica) throws { try answer(.matched(.of(10)), at: played) }

    private func answer(_ result: AppendEntriesResponse.Result, at played: PlayedReplica) throws {
        try answer(
            .appendEntriesResponse(
                AppendEntriesResponse(
                    result: result, readRound: 0, sequence: played.ports.sequences["b"] ?? 0)), at: played)
    }

    private func answer(_ body: Message.Body, at played: PlayedReplica) throws {
        try played.receive(
            .raft(Message(from: "b", to: "a", term: played.replica.currentTerm, body: body), entries: []), from: "b")
    }

    /// The number under which the latest snapshot is prepared.
    private func prepared(at played: PlayedReplica) throws -> UInt64 {
        guard case .prepare("b", let id)? = played.ports.snapshotCalls.last else {
            throw Missing(calls: played.ports.snapshotCalls)
        }
        return id
    }

    private struct Missing: Error {
        var calls: [PlayedPorts.SnapshotCall]
    }

    private func announcements(in departures: [PlayedPorts.Departure]) -> [InstallSnapshotRequest] {
        var found: [InstallSnapshotRequest] = []
        for case .raft(let message, _) in departures.messages(to: "b") {
            if case .installSnapshotRequest(let request) = message.body { found.append(request) }
        }
        return found
    }

    private func state(at played: PlayedReplica) -> Progress.State? {
        played.replica.followerProgress.first { $0.id == "b" }?.state
    }

    @Test("It has a snapshot made, announces it with the configuration, and lets go of it when the follower has it")
    func wholeWay() throws {
        let played = try makeLeader()
        let id = try prepared(at: played)
        #expect(state(at: played) == .snapshot)
        #expect(announcements(in: played.takeDepartures()).isEmpty)
        #expect(played.replica.catchUp.offers.lowestNeeded == .zero)

        played.post(.ready(id: id, lastIncluded: .of(45)))
        played.turn()
        let announced = announcements(in: played.takeDepartures())
        #expect(announced.map(\.lastIncluded) == [.of(45)])
        #expect(announced.first?.configuration == played.replica.configuration)
        #expect(played.replica.catchUp.offers.lowestNeeded == LogIndex(45))

        try answer(
            .installSnapshotResponse(InstallSnapshotResponse(lastIncluded: .of(45), installed: true)), at: played)
        played.turn()
        #expect(played.ports.snapshotCalls.last == .release(id))
        #expect(played.replica.catchUp.offers.lowestNeeded == nil)
        // The log's own disk has what follows.
        #expect(played.ports.logReads.last?.range.lower == LogIndex(46))
    }

    @Test("A leader that learns that its data are wrong takes its offer back, and makes none")
    func wrongData() throws {
        let played = try makeLeader()
        let id = try prepared(at: played)
        played.post(.ready(id: id, lastIncluded: .of(45)))
        played.turn()
        _ = played.takeDepartures()

        let own = Verdict.Suspect(id: "a", instance: nil)
        played.report(
            verdicts: [Verdict(comparedAt: LogIndex(50), range: .all, isDecided: true, suspects: [own])])
        played.turn()
        #expect(played.ports.snapshotCalls.last == .release(id))
        played.pass(milliseconds: 200)
        try conflict(at: played)
        played.turn()
        played.turn()

        #expect(announcements(in: played.takeDepartures()).isEmpty)
        #expect(!played.ports.snapshotCalls.dropFirst().contains { if case .prepare = $0 { true } else { false } })
        #expect(played.replica.catchUp.offers.offer(to: "b") == nil)
    }

    @Test("A broken link costs neither the snapshot nor what the follower has of it", arguments: [false, true])
    func linkBreaks(isMatchKnown: Bool) throws {
        let played = try makeLeader()
        let id = try prepared(at: played)
        played.post(.ready(id: id, lastIncluded: .of(45)))
        played.turn()
        _ = played.takeDepartures()

        played.replica.peerUnreachable("b")
        played.replica.linkOpened(to: "b")
        if isMatchKnown {
            try match(at: played)
            played.turn()
        }
        played.pass(milliseconds: 200)
        if !isMatchKnown { try conflict(at: played) }
        played.pass(milliseconds: 200)

        #expect(announcements(in: played.takeDepartures()).map(\.lastIncluded) == [.of(45)])
        #expect(played.ports.snapshotCalls == [.prepare("b", id)])
    }

    /// Time passes, and the other follower answers.
    private func pass(milliseconds: UInt64, _ played: PlayedReplica) throws {
        for _ in 0..<(milliseconds / 100) {
            played.pass(milliseconds: 100)
            try played.obey()
        }
    }

    @Test("One that the follower does not take is let go of, one that it takes slowly is not")
    func silence() throws {
        let played = try makeLeader()
        let id = try prepared(at: played)
        played.post(.ready(id: id, lastIncluded: .of(45)))
        for _ in 0..<5 {
            try pass(milliseconds: 800, played)
            played.post(.sending(id: id, bytes: 1))
            played.turn()
        }
        #expect(played.ports.snapshotCalls == [.prepare("b", id)])

        try pass(milliseconds: 1_100, played)
        #expect(played.ports.snapshotCalls == [.prepare("b", id), .release(id)])
    }

    @Test("One that was sent whole has more time, because the member installs it; but not if it begins anew")
    func installation() throws {
        let played = try makeLeader()
        let id = try prepared(at: played)
        played.post(.ready(id: id, lastIncluded: .of(45)))
        played.post(.sent(id: id))
        try pass(milliseconds: 2_500, played)
        #expect(played.ports.snapshotCalls == [.prepare("b", id)])
        played.post(.sending(id: id, bytes: 1))
        try pass(milliseconds: 1_100, played)
        #expect(played.ports.snapshotCalls == [.prepare("b", id), .release(id)])
    }

    /// The number of the snapshot that is prepared after this many others. `b` answers now as well.
    private func waitForOffer(after count: Int, _ played: PlayedReplica) throws -> UInt64 {
        played.silent = []
        _ = played.takeDepartures()
        for _ in 0..<40 {
            let ids = played.ports.snapshotCalls.compactMap { if case .prepare("b", let id) = $0 { id } else { nil } }
            if ids.count > count { return ids[count] }
            try pass(milliseconds: 100, played)
        }
        throw Missing(calls: played.ports.snapshotCalls)
    }

    /// Entries of 1 KB that are committed and applied.
    private func write(_ count: Int, _ played: PlayedReplica) throws {
        for _ in 0..<count {
            played.submitPuts(1, valueBytes: 1_000)
            try played.obey()
            try played.applyAll()
            played.turn()
        }
    }

    @Test("After one that failed comes a newer one, after a pause that grows and in which nothing is kept")
    func failures() throws {
        let played = try makeLeader()
        var begun: [Instant] = []
        for round in 0..<7 {
            let id = try waitForOffer(after: round, played)
            begun.append(played.ports.now)
            let last = LogID(index: played.replica.commitIndex, term: played.replica.currentTerm)
            played.post(.ready(id: id, lastIncluded: last))
            played.turn()
            try write(2, played)
            played.post(.sending(id: id, bytes: 1))
            played.turn()
            #expect(played.replica.catchUp.offers.lowestNeeded == last.index)

            try answer(
                .installSnapshotResponse(InstallSnapshotResponse(lastIncluded: last, installed: false)), at: played)
            played.turn()
            #expect(played.ports.snapshotCalls.last == .release(id))
            #expect(played.replica.catchUp.offers.lowestNeeded == nil)
        }
        for (round, (former, next)) in zip(begun, begun.dropFirst()).enumerated() {
            let pause = min(UInt64(100_000_000) << UInt64(round), 1_600_000_000)
            #expect((pause...pause + 300_000_000).contains(next.nanoseconds(since: former)))
        }
        // Once it has one, failures begin to count from zero.
        let id = try waitForOffer(after: 7, played)
        let last = LogID(index: played.replica.commitIndex, term: played.replica.currentTerm)
        played.post(.ready(id: id, lastIncluded: last))
        played.turn()
        try answer(
            .installSnapshotResponse(InstallSnapshotResponse(lastIncluded: last, installed: true)), at: played)
        played.turn()
        #expect(played.replica.catchUp.offers.isEmpty)
    }

    @Test("A pause is not forgotten because the member says that it has less than the log")
    func matchInPause() throws {
        let played = try makeLeader()
        var failed = 0
        for _ in 0..<40 {
            if played.ports.snapshotCalls.count(where: { if case .prepare = $0 { true } else { false } }) > failed {
                failed += 1
                played.post(.unavailable(id: try prepared(at: played)))
                played.turn()
                try match(at: played)
                played.turn()
            }
            try pass(milliseconds: 100, played)
        }
        // 0.1 + 0.2 + 0.4 + 0.8 + 1.6 seconds, and a heartbeat after each.
        #expect((4...6).contains(failed))
    }

    @Test("The failure of a former one does not end the one that is offered")
    func lateFailure() throws {
        let played = try makeLeader()
        let id = try prepared(at: played)
        played.post(.ready(id: id, lastIncluded: .of(45)))
        played.turn()
        try answer(
            .installSnapshotResponse(InstallSnapshotResponse(lastIncluded: .of(44), installed: false)), at: played)
        played.turn()
        #expect(played.ports.snapshotCalls == [.prepare("b", id)])
    }

    @Test("However steadily it is taken, it keeps a bounded part of the log, and for a bounded time")
    func bounds() throws {
        let played = try makeLeader()
        let id = try waitForOffer(after: 0, played)
        played.post(.ready(id: id, lastIncluded: .of(50)))
        try write(15, played)
        #expect(played.ports.snapshotCalls == [.prepare("b", id)])
        try write(10, played)
        #expect(played.ports.snapshotCalls == [.prepare("b", id), .release(id)])

        let next = try waitForOffer(after: 1, played)
        // A snapshot that another member has does not begin with much of a backlog.
        let distance = played.replica.lastLogID.index.rawValue - played.ports.oldestToShare[1].rawValue
        #expect((1...7).contains(distance))
        played.ports.dataBytes = 1_000_000
        played.post(
            .ready(
                id: next,
                lastIncluded: LogID(index: played.replica.commitIndex, term: played.replica.currentTerm)))
        try write(40, played)
        #expect(played.ports.snapshotCalls.last == .prepare("b", next), "the data have more than that")
        for _ in 0..<10 {
            try pass(milliseconds: 700, played)
            played.post(.sending(id: next, bytes: 1))
            played.turn()
        }
        #expect(played.ports.snapshotCalls.contains(.release(next)))
    }

    @Test("One that travels faster than the log grows arrives, also if the data are much smaller on disk")
    func compressed() throws {
        let played = try makeLeader()
        let id = try waitForOffer(after: 0, played)
        let last = LogID(index: played.replica.commitIndex, term: played.replica.currentTerm)
        played.post(.ready(id: id, lastIncluded: last))
        for _ in 0..<20 {
            played.post(.sending(id: id, bytes: 6_000))
            try write(3, played)
        }
        played.post(.sent(id: id))
        try write(80, played)
        #expect(played.ports.snapshotCalls == [.prepare("b", id)])

        try answer(
            .installSnapshotResponse(InstallSnapshotResponse(lastIncluded: last, installed: true)), at: played)
        played.turn()
        #expect(played.ports.snapshotCalls == [.prepare("b", id), .release(id)])
        #expect(played.replica.catchUp.offers.transfers.map(\.bytes) == [120_000])
        // It takes the entries that follow, and then is one like the others.
        for _ in 0..<200 where !played.replica.catchUp.offers.transfers.isEmpty { try write(1, played) }
        #expect(played.replica.catchUp.offers.isEmpty)
    }

    @Test("Entries that are not applied end none: they stay in any case, and no newer snapshot has them")
    func unapplied() throws {
        let played = try makeLeader()
        let id = try waitForOffer(after: 0, played)
        played.post(.ready(id: id, lastIncluded: .of(50)))
        played.turn()
        // Nobody answers, so that nothing is committed.
        for _ in 0..<40 {
            played.submitPuts(1, valueBytes: 1_000)
            played.turn()
        }
        #expect(played.ports.snapshotCalls == [.prepare("b", id)])
    }

    @Test("A member that has not heard of it is told again, one that takes it is not")
    func announcedAgain() throws {
        let played = try makeLeader()
        let id = try prepared(at: played)
        played.post(.ready(id: id, lastIncluded: .of(45)))
        played.turn()
        #expect(announcements(in: played.takeDepartures()).count == 1)

        var told = 0
        for _ in 0..<6 {
            played.pass(milliseconds: 100)
            told += announcements(in: try played.obey()).count
        }
        #expect(told == 1)
        told = 0
        for _ in 0..<6 {
            played.pass(milliseconds: 100)
            played.post(.sending(id: id, bytes: 1))
            told += announcements(in: try played.obey()).count
        }
        #expect(told == 0)
    }

    @Test("One that cannot be made, or that the log was cut past, is asked for again", arguments: [false, true])
    func unavailable(isOld: Bool) throws {
        let played = try makeLeader()
        let id = try prepared(at: played)
        played.post(isOld ? .ready(id: id, lastIncluded: .of(39)) : .unavailable(id: id))
        played.turn()
        #expect(played.ports.snapshotCalls.last == .release(id))
        #expect(announcements(in: played.takeDepartures()).isEmpty)

        played.pass(milliseconds: 200)
        try conflict(at: played)
        played.pass(milliseconds: 200)
        #expect(try prepared(at: played) > id)
    }

    @Test("Whoever has stepped down in the same turn does not announce it in a term that is another's")
    func steppedDown() throws {
        let played = try makeLeader()
        let id = try prepared(at: played)
        played.post(.ready(id: id, lastIncluded: .of(45)))
        played.turn()
        _ = played.takeDepartures()

        played.ports.now = played.ports.now.advanced(byNanoseconds: 600_000_000)
        try played.receiveEntries([], after: .of(50), commit: 1, sequence: 1, from: "c", term: 9)
        played.turn()
        #expect(announcements(in: played.takeDepartures()).isEmpty)
    }

    @Test("Whoever leads no more offers nothing")
    func leadershipLost() throws {
        let played = try makeLeader()
        let id = try prepared(at: played)
        try played.receiveEntries([], after: .of(50), commit: 1, sequence: 1, from: "c", term: 9)
        played.turn()
        #expect(played.ports.snapshotCalls == [.prepare("b", id), .release(id)])

        played.post(.ready(id: id, lastIncluded: .of(45)))
        played.turn()
        #expect(announcements(in: played.takeDepartures()).isEmpty)
    }
}
