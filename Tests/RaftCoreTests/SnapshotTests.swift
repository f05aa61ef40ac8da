internal import RaftCore
internal import Testing

@Suite("§7 Log compaction and snapshots")
struct SnapshotTests {
    static let members = Configuration(members: ["a", "b", "c"].map { Member(id: NodeID($0), role: .voter) })

    /// A leader whose log starts after entry 8, with a follower b that has answered that it holds nothing.
    private func leaderWithLaggard() -> SimulatedNode {
        let node = SimulatedNode()
        node.leadAndCommit()
        node.step(.propose(sizes: [UInt32](repeating: 1, count: 9)))
        node.flush()
        node.endTurn()
        node.matched(10, term: 1, by: "c")
        node.step(.applied(LogIndex(10)))
        node.step(.compacted(through: .at(8, 1)))
        node.endTurn()
        // b's connection closed; it is back, and then fails to find entry 1, because of a lost disk.
        node.step(.peerUnreachable("b"))
        return node
    }

    @Test("§7 A follower that needs entries that have been discarded is sent a snapshot, once it answers")
    func sendsSnapshot() {
        let node = leaderWithLaggard()
        node.timeOut()
        let turn = node.endTurn()
        #expect(turn.snapshotsToSend == ["b"])
        #expect(node.progress(of: "b")?.state == .snapshot)
        #expect(turn.requests(to: "b").map(\.prevLogID) == [.zero])

        node.step(.propose(sizes: [1]))
        #expect(node.endTurn().requests(to: "b").isEmpty)
        node.timeOut()
        #expect(node.endTurn().snapshotsToSend.isEmpty)

        node.step(.snapshotSent(to: "b", lastIncluded: .at(9, 1), succeeded: true))
        #expect(node.progress(of: "b")?.state == .probe)
        #expect(node.endTurn().requests(to: "b").isEmpty)
        node.receive(
            .installSnapshotResponse(InstallSnapshotResponse(lastIncluded: .at(9, 1), installed: true)), from: "b",
            term: 1)
        #expect(node.progress(of: "b")?.state == .replicate)
        #expect(node.endTurn().requests(to: "b").map(\.prevLogID) == [.at(9, 1)])
    }

    @Test("No snapshot is sent to a server that does not answer")
    func notToTheSilent() {
        let node = leaderWithLaggard()
        node.pass(milliseconds: 400)
        node.step(.timeElapsed)
        node.matchAll(by: "c")
        node.pass(milliseconds: 400)
        node.step(.timeElapsed)

        let turn = node.endTurn()
        #expect(node.raft.role == .leader)
        #expect(turn.snapshotsToSend.isEmpty)
        #expect(turn.requests(to: "b").map(\.prevLogID) == [.zero])

        node.matched(0, term: 0, by: "b")
        node.timeOut()
        #expect(node.endTurn().snapshotsToSend == ["b"])
    }

    @Test("A snapshot that could not be delivered or installed is sent again, not before the next heartbeat")
    func failure() {
        let node = leaderWithLaggard()
        node.timeOut()
        node.endTurn()

        node.step(.snapshotSent(to: "b", lastIncluded: .at(9, 1), succeeded: false))
        #expect(node.endTurn().snapshotsToSend.isEmpty)
        node.timeOut()
        #expect(node.endTurn().snapshotsToSend == ["b"])

        node.receive(
            .installSnapshotResponse(InstallSnapshotResponse(lastIncluded: .at(9, 1), installed: false)), from: "b",
            term: 1)
        #expect(node.endTurn().snapshotsToSend.isEmpty)
        node.timeOut()
        #expect(node.endTurn().snapshotsToSend == ["b"])
    }

    @Test("A follower that turns out to hold enough leaves the snapshot state")
    func notNeeded() {
        let node = leaderWithLaggard()
        node.timeOut()
        node.endTurn()
        #expect(node.progress(of: "b")?.state == .snapshot)

        node.matched(8, term: 1, by: "b")

        #expect(node.progress(of: "b")?.state == .replicate)
        #expect(node.endTurn().requests(to: "b").map(\.range) == [LogRange(LogIndex(9), LogIndex(11))])
    }

    @Test("§7 The follower discards its entire log for a snapshot of what it does not have")
    func installs() {
        let node = SimulatedNode(log: [1, 1, 1, 1, 1, 1], term: 3)
        let request = InstallSnapshotRequest(lastIncluded: .at(5, 2), configuration: Self.members)
        let larger = Configuration(members: Self.members.members + [Member(id: "d", role: .learner)])

        let start = node.receive(.installSnapshotRequest(request), from: "b", term: 3)
        #expect(start.snapshotToInstall == request)
        let again = node.receive(.installSnapshotRequest(request), from: "b", term: 3)
        #expect(again.snapshotToInstall == nil)

        let notice = node.notice
        let done = node.step(.snapshotInstalled(lastIncluded: .at(5, 2), configuration: larger, succeeded: true))
        node.step(.flushed(notice))
        #expect(node.raft.lastLogID == .at(5, 2))
        #expect(node.raft.compactedLogID == .at(5, 2))
        #expect(node.raft.flushedIndex == LogIndex(5))
        #expect(node.raft.logEpoch == 1)
        #expect(node.raft.commitIndex == LogIndex(5))
        #expect(node.raft.appliedIndex == LogIndex(5))
        #expect(node.raft.configuration == larger)
        #expect(done.configurationChanged)
        #expect(
            done.messages.map(\.body) == [
                .installSnapshotResponse(InstallSnapshotResponse(lastIncluded: .at(5, 2), installed: true))
            ])
        #expect(node.endTurn().answers == [.matched(.at(5, 2))])

        node.append([3], after: (5, 2), from: "b", term: 3, sequence: 2)
        #expect(node.raft.lastLogID == .at(6, 3))
    }

    @Test("§7 If the log already holds the last included entry, what follows it is retained")
    func retainsSuffix() {
        let node = SimulatedNode(log: [1, 1, 2, 2], term: 2)

        let effects = node.receive(
            .installSnapshotRequest(InstallSnapshotRequest(lastIncluded: .at(3, 2), configuration: Self.members)),
            from: "b", term: 2)

        #expect(effects.snapshotToInstall == nil)
        #expect(effects.applyThrough == LogIndex(3))
        #expect(node.logTerms == [1, 1, 2, 2])
        #expect(node.endTurn().answers == [.matched(.at(3, 2))])
    }

    @Test("A snapshot of what is committed already is not installed")
    func oldSnapshot() {
        let node = SimulatedNode(log: [1, 1, 2, 2], applied: 4)

        let effects = node.receive(
            .installSnapshotRequest(InstallSnapshotRequest(lastIncluded: .at(3, 1), configuration: Self.members)),
            from: "b", term: 2)

        #expect(effects.snapshotToInstall == nil)
        #expect(node.endTurn().answers == [.matched(.at(4, 2))])
    }

    @Test("During an installation no entries are taken and no campaign is started; votes are still given")
    func duringInstallation() {
        let node = SimulatedNode(log: [1], term: 3)
        node.receive(
            .installSnapshotRequest(InstallSnapshotRequest(lastIncluded: .at(9, 2), configuration: Self.members)),
            from: "b", term: 3)
        #expect(node.raft.nextDeadline == nil)

        let entries = node.append([3], after: (1, 1), from: "b", term: 3)
        #expect(entries.appended == nil)
        #expect(node.endTurn().answers == [.matched(.zero)])
        node.append(after: (9, 2), from: "b", term: 3, sequence: 2)
        #expect(node.endTurn().answers == [.matched(.zero)])
        node.pass(milliseconds: 5_000)
        node.step(.timeElapsed)
        #expect(node.raft.role == .follower)
        node.receive(.timeoutNow(TimeoutNow(lastLogID: .at(1, 1))), from: "b", term: 3)
        #expect(node.raft.role == .follower)
        let vote = node.receive(.requestVote(last: .at(9, 3)), from: "c", term: 4)
        #expect(vote.votes.map(\.voteGranted) == [true])

        node.step(.snapshotInstalled(lastIncluded: .at(9, 2), configuration: Self.members, succeeded: false))
        #expect(node.raft.lastLogID == .at(1, 1))
        #expect(node.raft.nextDeadline != nil)
    }

    @Test("An old request for entries before the compaction point is harmless")
    func oldRequestAfterCompaction() {
        let node = SimulatedNode(log: [1, 1, 1, 2, 2], applied: 4)
        node.append(after: (5, 2), from: "b", term: 2)
        node.step(.compacted(through: .at(4, 2)))

        let old = node.append([1, 1, 1, 2, 2, 2], after: (0, 0), from: "b", term: 2, sequence: 2)
        let older = node.append([1], after: (1, 1), from: "b", term: 2, sequence: 3)
        let forged = node.append([1, 1], after: (3, 1), from: "b", term: 2, sequence: 4)

        #expect(old.truncateFrom == nil)
        #expect(old.appended == LogRange(LogIndex(6), LogIndex(7)))
        #expect(older.appended == nil && older.truncateFrom == nil)
        #expect(forged.appended == nil && forged.truncateFrom == nil)
        #expect(node.raft.lastLogID == .at(6, 2))
    }

    @Test("A snapshot from a term after the sender's is no snapshot")
    func snapshotOfTheFuture() {
        let node = SimulatedNode(log: [1], term: 3)

        let effects = node.receive(
            .installSnapshotRequest(InstallSnapshotRequest(lastIncluded: .at(9, 4), configuration: Self.members)),
            from: "b", term: 3)

        #expect(effects.snapshotToInstall == nil)
    }

    @Test("A report about a snapshot that is not under way, or for a stranger, is ignored")
    func unexpectedReports() {
        let node = SimulatedNode()
        node.leadAndCommit()
        let before = node.raft.followerProgress

        node.step(.snapshotSent(to: "b", lastIncluded: .at(1, 1), succeeded: false))
        node.step(.snapshotSent(to: "x", lastIncluded: .at(1, 1), succeeded: true))
        for sender in ["x", "b"] as [NodeID] {
            node.receive(
                .installSnapshotResponse(InstallSnapshotResponse(lastIncluded: .at(5, 9), installed: true)),
                from: sender, term: 1)
        }

        #expect(node.raft.followerProgress == before)
    }

    @Test(
        "While one is being installed no other snapshot counts, nor does one that contradicts it",
        arguments: [LogID.at(8, 2), .at(5, 1), .at(4, 1), .at(9, 3)], [UInt64(3), 4])
    func rival(lastIncluded: LogID, term: UInt64) {
        let node = SimulatedNode(log: [1, 1, 1, 1, 1, 1, 2, 2], term: 3)
        let sender: NodeID = term == 3 ? "b" : "c"
        node.receive(
            .installSnapshotRequest(InstallSnapshotRequest(lastIncluded: .at(5, 2), configuration: Self.members)),
            from: "b", term: 3)

        let effects = node.receive(
            .installSnapshotRequest(InstallSnapshotRequest(lastIncluded: lastIncluded, configuration: Self.members)),
            from: sender, term: term)
        #expect(effects.snapshotToInstall == nil)
        #expect(effects.applyThrough == nil)
        #expect(node.raft.commitIndex == .zero)
        node.flush()
        #expect(node.endTurn().answers == [.matched(.zero)])

        node.step(.snapshotInstalled(lastIncluded: .at(5, 2), configuration: Self.members, succeeded: true))
        #expect(node.raft.compactedLogID == .at(5, 2))
        #expect(node.raft.commitIndex == LogIndex(5))
        // Now it is its turn, if it has anything new.
        let again = node.receive(
            .installSnapshotRequest(InstallSnapshotRequest(lastIncluded: lastIncluded, configuration: Self.members)),
            from: sender, term: term)
        #expect((again.snapshotToInstall != nil) == (lastIncluded.index > LogIndex(5)))
    }

    @Test("A snapshot that contradicts a committed entry, or what the same leader sent, is not installed")
    func contradiction() {
        let node = SimulatedNode(log: [1, 2, 2, 2], term: 3, applied: 2)
        node.append(after: (3, 2), from: "b", term: 3)

        for lastIncluded in [LogID.at(9, 1), .at(3, 1), .at(3, 3)] {
            let effects = node.receive(
                .installSnapshotRequest(
                    InstallSnapshotRequest(lastIncluded: lastIncluded, configuration: Self.members)),
                from: "b", term: 3)
            #expect(effects.snapshotToInstall == nil, "\(lastIncluded)")
        }

        #expect(node.raft.commitIndex == LogIndex(2))
        #expect(node.logTerms == [1, 2, 2, 2])
        let possible = InstallSnapshotRequest(lastIncluded: .at(4, 3), configuration: Self.members)
        #expect(node.receive(.installSnapshotRequest(possible), from: "b", term: 3).snapshotToInstall == possible)
    }

    @Test("A report about an installation that is not under way is ignored", arguments: [true, false])
    func unknownInstallation(succeeded: Bool) {
        let follower = SimulatedNode(log: [1, 1], term: 3)
        follower.append(after: (2, 1), from: "b", term: 3)
        follower.endTurn()
        let leader = SimulatedNode()
        leader.leadAndCommit()

        for node in [follower, leader] {
            let effects = node.step(
                .snapshotInstalled(lastIncluded: .at(9, 1), configuration: Configuration(), succeeded: succeeded))
            #expect(effects.messages.isEmpty)
            #expect(!effects.configurationChanged)
            #expect(node.raft.compactedLogID == .zero)
            #expect(node.raft.configuration == Self.members)
        }
        #expect(follower.raft.lastLogID == .at(2, 1))
        #expect(leader.raft.role == .leader)
    }

    @Test("Entries that have left the log are applied, also if that is reported later")
    func compactedBeforeApplied() {
        let node = SimulatedNode(log: [1, 1, 1])
        node.append(after: (3, 1), commit: 3, from: "b", term: 1)

        node.step(.compacted(through: .at(2, 1)))
        #expect(node.raft.compactedLogID == .at(2, 1))
        #expect(node.raft.appliedIndex == LogIndex(2))

        node.step(.applied(LogIndex(3)))
        #expect(node.raft.appliedIndex == LogIndex(3))
    }

    @Test("The state machine may have reached a snapshot before its installation is reported")
    func appliedBeforeInstalled() {
        let node = SimulatedNode(log: [1, 1], term: 3)
        node.receive(
            .installSnapshotRequest(InstallSnapshotRequest(lastIncluded: .at(9, 2), configuration: Self.members)),
            from: "b", term: 3)

        node.step(.applied(LogIndex(9)))
        #expect(node.raft.appliedIndex == .zero)

        node.step(.snapshotInstalled(lastIncluded: .at(9, 2), configuration: Self.members, succeeded: true))
        #expect(node.raft.appliedIndex == LogIndex(9))
    }
}
