internal import Seeds
internal import Testing

@testable import RaftCore

@Suite("§5.4 Safety")
struct SafetyTests {
    /// Logs by their last entry, from the least to the most up-to-date.
    static let order: [LogID] = [.zero, .at(1, 1), .at(2, 1), .at(9, 1), .at(1, 2), .at(3, 2), .at(2, 5)]

    @Test("§5.4.1 A voter denies its vote if its own log is more up-to-date than the candidate's")
    func electionRestriction() {
        for (own, ownLast) in Self.order.enumerated() {
            for (other, otherLast) in Self.order.enumerated() {
                #expect(otherLast.isAtLeastAsUpToDate(as: ownLast) == (other >= own))
                // A log that ends at `ownLast`: entries of term 1 with the last one of its term, if later.
                let count = Int(ownLast.index.rawValue)
                var terms = [UInt64](repeating: min(1, ownLast.term.rawValue), count: count)
                if let end = terms.indices.last { terms[end] = ownLast.term.rawValue }
                let node = SimulatedNode(log: terms, term: 6)

                let preVote = node.receive(.requestVote(last: otherLast, preVote: true), from: "b", term: 7)
                let vote = node.receive(.requestVote(last: otherLast), from: "b", term: 7)

                #expect(preVote.votes.map(\.voteGranted) == [other >= own])
                #expect(vote.votes.map(\.voteGranted) == [other >= own])
                #expect(node.raft.currentTerm == Term(7))
            }
        }
    }

    @Test("§5.4.2 Entries of previous terms are not committed by counting replicas")
    func olderTermsAreNotCounted() {
        let node = SimulatedNode(log: [1, 2, 2], term: 3)
        node.lead()
        node.flush()
        node.endTurn()

        node.matched(3, term: 2, by: "b")
        node.matched(3, term: 2, by: "c")
        #expect(node.raft.commitIndex == .zero)
        #expect(!node.canReadNow)

        node.matched(4, term: 4, by: "b")
        #expect(node.raft.commitIndex == LogIndex(4))
        #expect(node.canReadNow)
    }

    @Test("§5.4.1 Votes and requests for votes see entries that are not durable yet")
    func unflushedEntriesCountInElections() {
        let node = SimulatedNode(term: 1)
        node.append([1, 1], from: "b", term: 1)
        node.pass(milliseconds: 600)

        let effects = node.receive(.requestVote(last: .at(1, 1)), from: "c", term: 2)

        #expect(effects.votes.map(\.voteGranted) == [false])
    }

    @Test(
        "Commit is what a naive count gives, over random configurations and progress",
        arguments: Seed.all(1...20, of: "RaftCoreTests.SafetyTests/commitMatchesNaiveCount"))
    func commitMatchesNaiveCount(seed: Seed) {
        var random = SeededGenerator(seed: seed.value)
        for _ in 0..<60 {
            let size = 1 + random.below(7)
            let names = ["a", "b", "c", "d", "e", "f", "g", "h", "i"].map { NodeID($0) }
            let node = SimulatedNode(
                voters: Array(names.prefix(size)), learners: Array(names[size..<(size + 2)]), log: [1, 1])
            node.lead()
            node.endTurn()
            var matches: [LogIndex] = [LogIndex(2)]
            node.step(.propose(sizes: [1, 1, 1, 1, 1]))
            node.endTurn()
            if random.chance(700) {
                node.flush()
                matches[0] = LogIndex(8)
            }
            for follower in names[1..<(size + 2)] where random.chance(800) {
                let index = 1 + random.below(8)
                node.matched(UInt64(index), term: index < 3 ? 1 : 2, by: follower)
            }
            for follower in names[1..<size] { matches.append(node.progress(of: follower)?.matchIndex ?? .zero) }

            let naive = naiveCommit(matches, termStart: 3, last: 8)

            #expect(node.raft.commitIndex == naive, "\(size) voters with \(matches)\n\(seed)")
        }
    }

    /// The largest index of the current term that more than half of the servers have reached, by trying each.
    private func naiveCommit(_ matches: [LogIndex], termStart: UInt64, last: UInt64) -> LogIndex {
        var commit = LogIndex.zero
        for index in termStart...last {
            let holders = matches.filter { $0.rawValue >= index }.count
            if holders * 2 > matches.count { commit = LogIndex(index) }
        }
        return commit
    }

    @Test("Quorum arithmetic, also for even sizes")
    func quorumTable() {
        let table: [([UInt64], UInt64)] = [
            ([], 0), ([7], 7), ([7, 3], 3), ([3, 7, 5], 5), ([1, 2, 3, 4], 2), ([9, 9, 1, 1], 1), ([9, 9, 9, 1], 9),
            ([1, 2, 3, 4, 5], 3), ([6, 5, 4, 3, 2, 1], 3), ([0, 0, 0, 8, 8, 8, 8], 8),
        ]
        for (indexes, expected) in table {
            var sorted = indexes.map { LogIndex($0) }
            #expect(Quorum.reached(&sorted) == LogIndex(expected), "\(indexes)")
        }
        for size in 0...9 {
            let members = (0..<size).map { Member(id: NodeID("\($0)"), role: .voter) }
            #expect(Configuration(members: members).quorum == size / 2 + 1)
        }
    }

    @Test("A leader of learners only commits nothing")
    func learnersDoNotCommit() {
        let node = SimulatedNode(voters: ["a", "b"], learners: ["l", "m", "n"])
        node.lead()
        node.flush()
        node.endTurn()

        for learner in ["l", "m", "n"] as [NodeID] { node.matched(1, term: 1, by: learner) }

        #expect(node.raft.commitIndex == .zero)
    }

    @Test("A restarted server knows as committed only what it has applied")
    func restart() {
        let node = SimulatedNode(log: [1, 1, 2], vote: "c", applied: 2)

        #expect(node.raft.commitIndex == LogIndex(2))
        #expect(node.raft.flushedIndex == LogIndex(3))
        #expect(node.raft.appliedIndex == LogIndex(2))
        #expect(node.raft.lastLogID == .at(3, 2))
        #expect(node.endTurn().applyThrough == nil)
    }
}

extension SimulatedNode {
    var canReadNow: Bool {
        let committed = raft.hasCommittedInCurrentTerm
        return committed
    }
}
