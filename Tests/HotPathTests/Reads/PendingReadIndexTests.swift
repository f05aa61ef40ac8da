import RaftCore
import Testing

@testable import HotPath

@Suite("Linearizable reads that wait")
struct PendingReadIndexTests {
    private var reads = PendingReadIndex(retryNanoseconds: 500_000_000, applyWaitNanoseconds: 2_000_000_000)

    private func mine(_ request: UInt64, id: UInt64, of leader: NodeID? = nil, at now: Instant = .milliseconds(0))
        -> ReadBatch
    {
        ReadBatch(origin: .local([.user(request)]), id: id, leader: leader, askedAt: now)
    }

    private func peers(_ peer: NodeID, id: UInt64) -> ReadBatch {
        ReadBatch(origin: .peer(peer, id: 77), id: id, leader: nil, askedAt: .milliseconds(0))
    }

    @Test("The own core answers a batch once, and only batches that it was asked for")
    mutating func ownCore() {
        reads.append(mine(1, id: 10))
        reads.append(mine(2, id: 11, of: "a"))

        guard case .local(let tags) = reads.take(ReadID(10)) else {
            Issue.record("the batch was not found")
            return
        }
        #expect(tags == [.user(1)])
        #expect(reads.take(ReadID(10)) == nil)
        #expect(reads.take(ReadID(11)) == nil)
    }

    @Test("The answer of a leader counts if that leader was asked under that id")
    mutating func leader() {
        reads.append(mine(1, id: 10, of: "a"))

        #expect(reads.take(10, askedOf: "b") == nil)
        #expect(reads.take(11, askedOf: "a") == nil)
        #expect(reads.take(10, askedOf: "a") == [.user(1)])
        #expect(reads.isEmpty)
    }

    @Test("Batches that another node was asked for are asked again after a while, those at the own core never")
    mutating func overdue() {
        reads.append(mine(1, id: 10, of: "a", at: .milliseconds(0)))
        reads.append(mine(2, id: 11, of: "a", at: .milliseconds(100)))
        reads.append(mine(3, id: 12))

        #expect(reads.takeOverdue(now: .milliseconds(500)) == nil)
        #expect(reads.takeOverdue(now: .milliseconds(501)) == [.user(1)])
        #expect(reads.takeOverdue(now: .milliseconds(501)) == nil)
        #expect(reads.takeOverdue(now: .milliseconds(9_000)) == [.user(2)])
        #expect(reads.takeOverdue(now: .milliseconds(9_000)) == nil)
        #expect(reads.needsClock)
    }

    @Test("With a link ends what it was asked for and what it asked for, and only the former is asked again")
    mutating func link() {
        reads.append(mine(1, id: 10, of: "a"))
        reads.append(peers("a", id: 11))
        reads.append(mine(2, id: 12, of: "b"))
        reads.append(peers("b", id: 13))
        reads.append(mine(3, id: 14, of: "a"))

        #expect(reads.endLink(to: "a") == [[.user(1)], [.user(3)]])
        #expect(reads.count(askedBy: "a") == 0)
        #expect(reads.count(askedBy: "b") == 1)
        #expect(reads.take(12, askedOf: "b") == [.user(2)])
    }

    @Test("A confirmed read may be served when its index is applied, whatever was confirmed before it")
    mutating func apply() {
        var answers = Answers(sinkCount: 1)
        reads.awaitApply(of: LogIndex(9), [.user(1)], now: .milliseconds(0))
        reads.awaitApply(of: LogIndex(7), [.user(2), .user(3)], now: .milliseconds(0))
        #expect(reads.awaitsApply)

        #expect(reads.takeApplied(through: LogIndex(6), answers: &answers) == 0)
        #expect(answers.isEmpty(for: 0))
        #expect(reads.takeApplied(through: LogIndex(8), answers: &answers) == 2)
        let early = answers.take(for: 0)
        #expect(early.map(\.tag.request) == [2, 3])
        #expect(early.allSatisfy { $0.outcome == .readable })
        #expect(!reads.isEmpty)
        #expect(reads.takeApplied(through: LogIndex(9), answers: &answers) == 1)
        #expect(answers.take(for: 0).map(\.tag.request) == [1])
        #expect(!reads.awaitsApply)
        #expect(reads.isEmpty)
    }

    @Test("A confirmed read whose index is never applied is given up, the oldest first")
    mutating func stuck() {
        reads.awaitApply(of: LogIndex(9), [.user(1), .user(2)], now: .milliseconds(0))
        reads.awaitApply(of: LogIndex(9), [.user(3)], now: .milliseconds(100))

        #expect(reads.takeStuck(now: .milliseconds(2_000)).isEmpty)
        #expect(reads.takeStuck(now: .milliseconds(2_001)) == [.user(1), .user(2)])
        #expect(reads.awaitsApply)
        #expect(reads.takeStuck(now: .milliseconds(2_101)) == [.user(3)])
        #expect(reads.isEmpty)
    }
}
