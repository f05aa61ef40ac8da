@testable import RaftCore
internal import Testing

/// A leader keeps the sizes of the entries that are in memory alone, so what an old follower lacks it must read first.
@Suite("§5.3 Entries that are on disk only")
struct DiskReadTests {
    private var settings: RaftSettings {
        var settings = RaftSettings()
        settings.messageEntriesMax = 2
        return settings
    }

    /// The leader of term 2 has the entries 1 to 9 on disk only; the log of the follower `b` is found to part after 3.
    private func leader(_ settings: RaftSettings, commits: Bool = true) -> SimulatedNode {
        let node = SimulatedNode(log: Array(repeating: 1, count: 9), applied: 5, settings: settings)
        node.isDiskSlow = true
        node.lead()
        node.flush()
        node.endTurn()
        if commits { node.matchAll(by: "c") }
        node.conflict(at: .at(9, 1), hint: .at(3, 1), by: "b", sequence: 1)
        return node
    }

    /// The same, when it has asked for the entries 4 and 5.
    private func readingLeader(
        _ settings: RaftSettings? = nil, commits: Bool = true
    ) -> (SimulatedNode, LogReadRequest) {
        let node = leader(settings ?? self.settings, commits: commits)
        node.endTurn()
        node.matched(3, term: 1, by: "b", sequence: 2)
        let reads = node.endTurn().logReads
        #expect(reads.map(\.range) == [LogRange(LogIndex(4), LogIndex(6))])
        return (node, reads[0])
    }

    @Test("Where the logs part is found out without them, and nothing is read before that")
    func probe() {
        let node = leader(settings)

        let turn = node.endTurn()
        #expect(turn.logReads.isEmpty)
        #expect(turn.requests(to: "b").map(\.prevLogID) == [.at(3, 1)])
        #expect(turn.requests(to: "b").map(\.range.isEmpty) == [true])
        #expect(node.endTurn().requests(to: "b").isEmpty, "one request at a time")

        node.conflict(at: .at(3, 1), hint: .at(1, 1), by: "b", sequence: 2)
        #expect(node.endTurn().requests(to: "b").map(\.prevLogID) == [.at(1, 1)])
        node.matched(1, term: 1, by: "b", sequence: 3)
        let reads = node.endTurn().logReads
        #expect(
            reads == [
                LogReadRequest(
                    follower: "b", term: Term(2), range: LogRange(LogIndex(2), LogIndex(4)),
                    bytesMax: settings.messageBytesMax)
            ])
    }

    @Test("They are asked for once, and what came is sent while the next ones are read")
    func inOrder() {
        let (node, first) = readingLeader()
        #expect(node.endTurn().logReads.isEmpty)

        node.step(node.read(first))
        let second = node.endTurn()
        #expect(second.requests(to: "b").map(\.range) == [first.range])
        #expect(second.requests(to: "b").map(\.prevLogID) == [.at(3, 1)])
        #expect(second.logReads.map(\.range) == [LogRange(LogIndex(6), LogIndex(8))])

        // One of two: the first one was larger than a message.
        node.step(node.read(second.logReads[0], count: 1))
        let third = node.endTurn()
        #expect(third.requests(to: "b").map(\.range) == [LogRange(LogIndex(6), LogIndex(7))])
        #expect(third.logReads.map(\.range) == [LogRange(LogIndex(7), LogIndex(9))])

        // Entries in memory are not read, and follow at once.
        node.step(node.read(third.logReads[0]))
        let fourth = node.endTurn()
        #expect(fourth.logReads.map(\.range) == [LogRange(LogIndex(9), LogIndex(10))])
        node.step(node.read(fourth.logReads[0]))
        let last = node.endTurn()
        #expect(last.requests(to: "b").map(\.range.lower.rawValue) == [9, 10])
        #expect(last.logReads.isEmpty)
        #expect(node.progress(of: "b")?.nextIndex == LogIndex(11))
    }

    @Test("Heartbeats and rounds of reads go on meanwhile, and name the last entry that was sent")
    func heartbeats() {
        let (node, request) = readingLeader()
        for _ in 0..<3 {
            node.matchAll(by: "c")
            node.timeOut()
            let turn = node.endTurn()
            #expect(turn.requests(to: "b").map(\.prevLogID) == [.at(3, 1)])
            #expect(turn.requests(to: "b").map(\.range.isEmpty) == [true])
            #expect(turn.logReads.isEmpty)
            node.matched(3, term: 1, by: "b", sequence: turn.requests(to: "b").last?.sequence ?? 0)
        }
        node.step(.readIndex(ReadID(1)))
        let round = node.endTurn().requests(to: "b")
        #expect(round.map(\.readRound) == [1])
        #expect(node.matched(3, term: 1, by: "b", round: 1, sequence: round[0].sequence).readsReady.count == 1)

        node.step(node.read(request))
        #expect(node.endTurn().requests(to: "b").map(\.range) == [request.range])
    }

    @Test("No news of the commit index goes to a follower that waits for a disk, but with the entries")
    func news() {
        let (node, request) = readingLeader()
        node.step(.propose(sizes: [10]))
        node.flush()
        node.endTurn()
        node.matchAll(by: "c")
        #expect(node.endTurn().requests(to: "b").isEmpty)

        node.step(node.read(request))
        #expect(node.endTurn().requests(to: "b").map(\.leaderCommit) == [node.raft.commitIndex])
    }

    @Test("The window holds for them as well: nothing is read that could not be sent")
    func window() {
        var settings = settings
        settings.inflightMessagesMax = 1
        let (node, first) = readingLeader(settings)
        node.step(node.read(first))
        #expect(node.endTurn().logReads.isEmpty)
        #expect(node.endTurn().logReads.isEmpty)

        node.matched(5, term: 1, by: "b", sequence: 3)

        #expect(node.endTurn().logReads.map(\.range) == [LogRange(LogIndex(6), LogIndex(8))])
    }

    // MARK: Answers that are too late

    @Test("Entries that a follower does not need any more, when they have been read, are not sent")
    func nextIndexMoved() {
        let (node, request) = readingLeader()
        node.matched(7, term: 1, by: "b", sequence: 2)
        #expect(node.endTurn().logReads.isEmpty, "one read at a time")

        node.step(node.read(request))

        let turn = node.endTurn()
        #expect(turn.requests(to: "b").isEmpty)
        #expect(turn.logReads.map(\.range) == [LogRange(LogIndex(8), LogIndex(10))])
    }

    @Test("A rejection in the same turn makes it worthless, and it does not come back later")
    func rejected() {
        let (node, first) = readingLeader()
        node.step(node.read(first))
        node.conflict(at: .at(3, 1), hint: .zero, by: "b", sequence: 0)
        node.step(.peerUnreachable("b"))

        #expect(node.endTurn().requests(to: "b").isEmpty)
        node.timeOut()
        #expect(node.endTurn().requests(to: "b").map(\.range.isEmpty) == [true])
    }

    @Test("A read that never comes back costs a follower nothing once its link is new")
    func lostRead() {
        let (node, first) = readingLeader()

        node.step(.peerUnreachable("b"))
        node.timeOut()
        let heartbeat = node.endTurn()
        #expect(heartbeat.requests(to: "b").map(\.prevLogID) == [.at(3, 1)])
        node.matched(3, term: 1, by: "b", sequence: heartbeat.requests(to: "b")[0].sequence)
        let again = node.endTurn().logReads
        #expect(again.map(\.range) == [first.range])

        // Both come back: the same entries, once.
        node.step(node.read(first))
        #expect(node.endTurn().requests(to: "b").map(\.range) == [first.range])
        node.step(node.read(again[0]))
        #expect(node.endTurn().requests(to: "b").isEmpty)
    }

    @Test("Entries that another leader replaced meanwhile are not sent, not even by the same server")
    func truncated() {
        // Entries 6 to 9 are not committed.
        let (node, first) = readingLeader(commits: false)
        node.step(node.read(first))
        let old = node.endTurn().logReads[0]
        #expect(old.range == LogRange(LogIndex(6), LogIndex(8)))

        let effects = node.append([3, 3], after: (5, 1), commit: 5, from: "c", term: 3)
        #expect(effects.truncateFrom == LogIndex(6))
        node.flush()
        node.step(node.read(old))
        node.lead()
        node.flush()
        node.endTurn()
        node.conflict(at: .at(7, 3), hint: .at(5, 1), by: "b", sequence: 1)
        let probe = node.endTurn().requests(to: "b")
        node.matched(5, term: 1, by: "b", sequence: probe.last?.sequence ?? 0)
        node.step(node.read(old))
        let turn = node.endTurn()

        // They are in memory since they came from the other leader.
        #expect(turn.requests(to: "b").map(\.range.lower.rawValue) == [6, 8])
        #expect(turn.requests(to: "b").first?.prevLogID == .at(5, 1))
        #expect(turn.logReads.isEmpty)
    }

    @Test("A log that is compacted past the read needs a snapshot instead")
    func compacted() {
        let (node, request) = readingLeader()
        node.flush()
        node.step(.applied(node.raft.commitIndex))
        node.step(.compacted(through: .at(7, 1)))
        node.step(node.read(request))

        let turn = node.endTurn()

        #expect(turn.requests(to: "b").filter { !$0.range.isEmpty }.isEmpty)
        #expect(turn.snapshotsToSend == ["b"])
        #expect(turn.logReads.isEmpty)
    }

    @Test("A read that finds nothing is not repeated before the next heartbeat")
    func nothingFound() {
        let (node, request) = readingLeader()
        node.step(node.read(request, count: 0))
        #expect(node.endTurn().logReads.isEmpty)
        #expect(node.progress(of: "b")?.state == .probe)
        #expect(node.endTurn().messages.isEmpty)

        node.timeOut()
        let heartbeat = node.endTurn().requests(to: "b")
        node.matched(3, term: 1, by: "b", sequence: heartbeat[0].sequence)

        #expect(node.endTurn().logReads.map(\.range) == [request.range])
    }

    @Test("Thesis 3.10: leadership goes to a follower that had to be brought up to date from disk")
    func transfer() {
        let (node, first) = readingLeader()
        node.step(.transferLeadership(to: "b"))
        node.step(node.read(first))
        var effects = node.endTurn()
        while let read = effects.logReads.first {
            node.step(node.read(read))
            effects = node.endTurn()
        }

        let handover = node.matchAll(by: "b")

        let targets = handover.messages.compactMap { if case .timeoutNow = $0.body { $0.to } else { nil } }
        #expect(targets == ["b"])
    }

    // MARK: Memory

    @Test("Entries that are not committed are counted, whatever has left the memory")
    func uncommitted() {
        let (node, _) = readingLeader()
        #expect(node.raft.uncommittedBytes == 0)
        node.step(.propose(sizes: [10, 20, 30]))
        #expect(node.raft.uncommittedBytes == 60)
        node.flush()
        node.endTurn()
        node.matched(11, term: 2, by: "c", sequence: 0)
        #expect(node.raft.uncommittedBytes == 50)
        node.step(.applied(LogIndex(11)))
        node.step(.evicted(before: LogIndex(12)))
        #expect(node.raft.uncommittedBytes == 50)
        node.matchAll(by: "c")
        #expect(node.raft.uncommittedBytes == 0)
        #expect(node.raft.firstIndexInMemory == LogIndex(12))
    }

    @Test("The memory of a core does not grow with its log")
    func memory() {
        let node = SimulatedNode(voters: ["a"])
        node.lead()
        node.flush()
        let sizes = [UInt32](repeating: 100, count: 1_000)
        var most = 0
        for _ in 0..<1_000 {
            node.step(.propose(sizes: sizes))
            node.flush()
            node.step(.applied(node.raft.commitIndex))
            node.step(.evicted(before: LogIndex(node.raft.commitIndex.rawValue - 500)))
            most = max(most, node.raft.sizesInMemory)
        }

        #expect(node.raft.lastLogID.index == LogIndex(1_000_001))
        #expect(node.raft.commitIndex == node.raft.lastLogID.index)
        // The last batch, what was kept of the one before, and as many that are gone.
        #expect(most <= 2 * (1_000 + 501))
    }

    @Test("After a start nothing is in memory, and sizes only of what is not committed")
    func start() {
        let node = SimulatedNode(log: [1, 1, 1, 1], applied: 3)

        #expect(node.raft.firstIndexInMemory == LogIndex(5))
        #expect(node.raft.sizesInMemory == 1)
    }
}
