internal import RaftCore
internal import Testing

@Suite("§5.3 Log replication: the follower")
struct LogReplicationTests {
    @Test("§5.3 Entries that follow the log are appended, and acknowledged when they are durable")
    func appends() {
        let node = SimulatedNode(log: [1, 1], term: 2)

        let effects = node.append([1, 2], after: (2, 1), from: "b", term: 2)
        #expect(effects.appended == LogRange(LogIndex(3), LogIndex(5)))
        #expect(effects.truncateFrom == nil)
        #expect(node.endTurn().answers.isEmpty)
        #expect(node.raft.lastLogID == .at(4, 2))
        #expect(node.raft.flushedIndex == LogIndex(2))

        node.flush()
        #expect(node.endTurn().answers == [.matched(.at(4, 2))])
        #expect(node.endTurn().answers.isEmpty)
    }

    @Test("§5.3 A follower that has no entry with the previous index and term refuses the new entries")
    func refuses() {
        let node = SimulatedNode(log: [1, 1, 2], term: 3)

        let missing = node.append([3], after: (5, 3), term: 3, sequence: 1)
        let missingAnswer = node.endTurn()
        let differing = node.append([3], after: (3, 3), term: 3, sequence: 2)
        let differingAnswer = node.endTurn()

        #expect(missing.appended == nil && differing.appended == nil)
        #expect(missingAnswer.answers == [.conflict(rejected: .at(5, 3), hint: .at(3, 2))])
        #expect(differingAnswer.answers == [.conflict(rejected: .at(3, 3), hint: .at(3, 2))])
        #expect(node.raft.lastLogID == .at(3, 2))
    }

    @Test("§5.3 The hint skips all entries of terms that the leader cannot have at that index")
    func hintSkipsTerms() {
        let node = SimulatedNode(log: [1, 1, 2, 2, 3, 3, 3, 4, 4], term: 5)

        node.append(after: (8, 2), term: 5)
        #expect(node.endTurn().answers == [.conflict(rejected: .at(8, 2), hint: .at(4, 2))])
        node.append(after: (20, 1), term: 5, sequence: 2)
        #expect(node.endTurn().answers == [.conflict(rejected: .at(20, 1), hint: .at(2, 1))])
    }

    @Test("Figure 2: an existing entry that conflicts with a new one is deleted, with all that follow it")
    func deletesConflicts() {
        let node = SimulatedNode(log: [1, 1, 2, 2, 2], term: 3)

        let effects = node.append([1, 3, 3], after: (2, 1), from: "b", term: 3)

        #expect(effects.truncateFrom == LogIndex(3))
        #expect(effects.appended == LogRange(LogIndex(3), LogIndex(6)))
        #expect(node.logTerms == [1, 1, 1, 3, 3])
        #expect(node.raft.flushedIndex == LogIndex(2))
        #expect(node.raft.logEpoch == 1)
    }

    @Test("Figure 2: only the entries not already in the log are appended; matching ones are left alone")
    func keepsMatchingPrefix() {
        let node = SimulatedNode(log: [1, 1, 2], term: 2)

        let effects = node.append([1, 2, 2], after: (1, 1), from: "b", term: 2)

        #expect(effects.truncateFrom == nil)
        #expect(effects.appended == LogRange(LogIndex(4), LogIndex(5)))
    }

    @Test("§5.5 Requests are idempotent: a repeated or overtaken one changes nothing and is answered again")
    func repeatedRequest() {
        let node = SimulatedNode(term: 1)
        node.append([1, 1, 1], term: 1, sequence: 2)
        node.flush()
        #expect(node.endTurn().answers == [.matched(.at(3, 1))])

        let effects = node.append([1], term: 1, sequence: 1)

        #expect(effects.appended == nil)
        #expect(effects.truncateFrom == nil)
        #expect(node.raft.lastLogID == .at(3, 1))
        #expect(node.endTurn().answers == [.matched(.at(3, 1))])
    }

    @Test(
        "§5.3 The prefix of the log that matches need not be flushed for the entries to be taken, only for the answer")
    func acknowledgesOnlyFlushed() {
        let node = SimulatedNode(term: 1)
        node.append([1], term: 1, sequence: 1)
        let first = node.notice
        node.append([1], after: (1, 1), term: 1, sequence: 2)
        #expect(node.endTurn().answers.isEmpty)

        node.step(.flushed(first))
        #expect(node.endTurn().answers == [.matched(.at(1, 1))])
        node.flush()
        #expect(node.endTurn().answers == [.matched(.at(2, 1))])
    }

    @Test("One answer per turn covers all requests of the turn")
    func oneAnswerPerTurn() {
        let node = SimulatedNode(log: [1, 1, 1], term: 1)
        for sequence in 1...5 { node.append(after: (3, 1), term: 1, sequence: UInt64(sequence)) }

        let effects = node.endTurn()

        #expect(effects.answers == [.matched(.at(3, 1))])
        if case .appendEntriesResponse(let response)? = effects.messages.first?.body { #expect(response.sequence == 5) }
    }

    @Test("Heartbeats are answered at once even if entries are not flushed; mere news of the commit index is not")
    func answersHeartbeats() {
        let node = SimulatedNode(log: [1, 1], term: 1)
        node.append([1], after: (2, 1), term: 1, sequence: 1)
        node.endTurn()

        node.append(after: (3, 1), term: 1, sequence: 2)
        #expect(node.endTurn().answers == [.matched(.at(2, 1))])
        node.append(after: (3, 1), commit: 2, term: 1, sequence: 3)
        #expect(node.raft.commitIndex == LogIndex(2))
        #expect(node.endTurn().answers.isEmpty)
        node.append(after: (3, 1), commit: 2, term: 1, sequence: 4)
        #expect(node.endTurn().answers == [.matched(.at(2, 1))])
        node.pass(milliseconds: 100)
        node.append(after: (3, 1), commit: 3, term: 1, sequence: 5)
        #expect(node.endTurn().answers == [.matched(.at(2, 1))])
    }

    @Test("§5.3 A follower commits what the leader has committed, as far as it holds it, and applies what is durable")
    func commits() {
        let node = SimulatedNode(log: [1, 1], term: 1)

        let effects = node.append([1, 1], after: (2, 1), commit: 3, from: "b", term: 1)
        #expect(node.raft.commitIndex == LogIndex(3))
        #expect(effects.applyThrough == LogIndex(2))
        #expect(node.flush().applyThrough == LogIndex(3))

        node.append(after: (4, 1), commit: 9, from: "b", term: 1, sequence: 2)
        #expect(node.raft.commitIndex == LogIndex(4))
        node.append(after: (4, 1), commit: 1, from: "b", term: 1, sequence: 3)
        #expect(node.raft.commitIndex == LogIndex(4))
    }

    @Test("Figure 2: a follower never commits leftovers after the last entry that the leader has verified")
    func commitsOnlyVerified() {
        let node = SimulatedNode(log: [1, 1, 2, 2, 2], term: 3)

        // From another leader's time the follower has entries 3 to 5; the new leader has verified only up to 2.
        node.append(after: (0, 0), commit: 5, from: "c", term: 3)
        #expect(node.raft.commitIndex == .zero)
        node.append(after: (2, 1), commit: 5, from: "c", term: 3, sequence: 2)
        #expect(node.raft.commitIndex == LogIndex(2))
        #expect(node.endTurn().answers == [.matched(.at(2, 1))])
    }

    @Test("A request that contradicts committed or verified entries is dropped, and nothing is removed")
    func contradictionIsDropped() {
        let node = SimulatedNode(log: [1, 1, 1], applied: 2)

        let committed = node.append([2], after: (1, 1), term: 2)
        let conflict = node.append([2], after: (2, 2), term: 2, sequence: 2)
        #expect(committed.truncateFrom == nil && conflict.truncateFrom == nil)
        #expect(node.endTurn().lateAnswers.isEmpty)

        node.append([2, 2], after: (2, 1), term: 2, sequence: 3)
        let verified = node.append([1, 1], after: (2, 1), term: 2, sequence: 4)
        #expect(verified.truncateFrom == nil)
        #expect(node.logTerms == [1, 1, 2, 2])
    }

    @Test("A request whose entries do not add up is ignored")
    func incoherentRequest() {
        let bodies: [Message.Body] = [
            .append([2, 1], after: (2, 1)), .append([0], after: (2, 1)), .append([3], after: (2, 1)),
            .appendEntriesRequest(
                AppendEntriesRequest(
                    prevLogID: .at(2, 1), range: LogRange(LogIndex(3), LogIndex(5)),
                    runs: EntryRun.runs(ofTerms: [1]), leaderCommit: .zero, readRound: 0, sequence: 1)),
            .appendEntriesRequest(
                AppendEntriesRequest(
                    prevLogID: .at(2, 1), range: LogRange(LogIndex(4), LogIndex(5)),
                    runs: EntryRun.runs(ofTerms: [1]), leaderCommit: .zero, readRound: 0, sequence: 1)),
        ]
        for body in bodies {
            let node = SimulatedNode(log: [1, 1], term: 2)
            let effects = node.receive(body, from: "b", term: 2)
            #expect(effects.appended == nil)
            #expect(node.logTerms == [1, 1])
        }
    }

    @Test("A second leader of the same term is not believed")
    func secondLeader() {
        let node = SimulatedNode(log: [1], term: 1)
        node.append(after: (1, 1), from: "b", term: 1)

        let effects = node.append([1], after: (1, 1), from: "c", term: 1)

        #expect(effects.appended == nil)
        #expect(node.raft.leaderID == "b")
    }

    @Test("Requests of a leader outside the configuration are accepted (thesis 4.1)")
    func unknownLeader() {
        let node = SimulatedNode(voters: ["a", "b", "c"])

        let effects = node.append([1], from: "x", term: 1)

        #expect(effects.appended == LogRange(LogIndex(1), LogIndex(2)))
        #expect(node.raft.leaderID == "x")
    }
}

@Suite("Durability")
struct FlushTests {
    @Test("A flush notice of another epoch vouches for nothing, even if the same entry is back")
    func staleEpoch() {
        let node = SimulatedNode(log: [1], term: 1)
        node.append([1], after: (1, 1), from: "b", term: 1)
        let first = node.notice
        node.append([2], after: (1, 1), from: "c", term: 2)
        let second = node.notice
        node.append([1, 3], after: (1, 1), from: "b", term: 3)
        #expect(node.logTerms == [1, 1, 3])
        #expect(node.raft.logEpoch == 2)

        node.step(.flushed(first))
        #expect(node.raft.flushedIndex == LogIndex(1))
        node.step(.flushed(second))
        #expect(node.raft.flushedIndex == LogIndex(1))
        node.flush()
        #expect(node.raft.flushedIndex == LogIndex(3))
    }

    @Test("An outdated notice still says which hard state is durable")
    func hardStateOfStaleNotice() {
        let node = SimulatedNode(log: [1, 1], term: 1)
        node.append([2], after: (2, 1), from: "b", term: 2)
        let notice = node.notice
        node.append([], after: (1, 1), from: "c", term: 3)
        node.append([3], after: (2, 1), from: "c", term: 3)

        node.step(.flushed(notice))
        node.endTurn()
        #expect(node.raft.flushedIndex == LogIndex(2))
        #expect(node.append(after: (3, 3), from: "c", term: 3, sequence: 3).messages.isEmpty)
        #expect(node.endTurn().answers.isEmpty)
        node.flush()
        #expect(node.endTurn().answers == [.matched(.at(3, 3))])
    }

    @Test("Notices out of order never take back what is durable")
    func noticesOutOfOrder() {
        let node = SimulatedNode(log: [1], term: 1)
        node.append([1], after: (1, 1), term: 1)
        let older = node.notice
        node.append([1], after: (2, 1), term: 1, sequence: 2)

        node.flush()
        node.step(.flushed(older))

        #expect(node.raft.flushedIndex == LogIndex(3))
    }

    @Test("A truncation lowers the durable index and never touches what is committed and durable")
    func truncationLowersFlushed() {
        let node = SimulatedNode(log: [1, 1, 1, 1], applied: 2)
        node.append([2], after: (2, 1), term: 2)
        #expect(node.raft.flushedIndex == LogIndex(2))
        #expect(node.raft.commitIndex == LogIndex(2))
    }
}
