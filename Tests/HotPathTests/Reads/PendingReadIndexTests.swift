import RaftCore
import Testing

@testable import HotPath

@Suite("Linearizable reads that wait")
struct PendingReadIndexTests {
    private var reads = PendingReadIndex(
        retryNanoseconds: 500_000_000, waitNanoseconds: 6_000_000_000)

    private func mine(_ request: UInt64, id: UInt64, of leader: NodeID? = nil, at now: Instant = .milliseconds(0))
        -> ReadBatch
    {
        ReadBatch(
            origin: .local([.user(request)], arrivedAt: now), id: id, leader: leader, askedAt: now,
            deadline: reads.deadline(ofArrival: now))
    }

    private func peers(_ peer: NodeID, id: UInt64) -> ReadBatch {
        ReadBatch(
            origin: .peer(peer, id: 77), id: id, leader: nil, askedAt: .milliseconds(0),
            deadline: reads.deadline(ofArrival: .milliseconds(0)))
    }

    @Test("The own core answers a batch once, and only batches that it was asked for")
    mutating func ownCore() {
        reads.append(mine(1, id: 10))
        reads.append(mine(2, id: 11, of: "a"))

        guard case .local(let tags, _) = reads.take(ReadID(10)) else {
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
        #expect(reads.take(10, askedOf: "a")?.tags == [.user(1)])
        #expect(reads.isEmpty)
    }

    @Test("Batches that another node was asked for are asked again after a while, those at the own core never")
    mutating func unanswered() {
        reads.append(mine(1, id: 10, of: "a", at: .milliseconds(0)))
        reads.append(mine(2, id: 11, of: "a", at: .milliseconds(100)))
        reads.append(mine(3, id: 12))

        #expect(reads.takeUnanswered(now: .milliseconds(500)) == nil)
        #expect(reads.takeUnanswered(now: .milliseconds(501))?.tags == [.user(1)])
        #expect(reads.takeUnanswered(now: .milliseconds(501)) == nil)
        let second = reads.takeUnanswered(now: .milliseconds(5_000))
        #expect(second?.tags == [.user(2)])
        #expect(second?.arrivedAt == .milliseconds(100), "asking again made a read younger")
        #expect(reads.takeUnanswered(now: .milliseconds(5_000)) == nil)
        #expect(reads.needsClock)
    }

    @Test("A batch at the own core hides no other one that is to be asked again")
    mutating func unansweredAfterOwn() {
        reads.append(mine(1, id: 10))
        reads.append(mine(2, id: 11, of: "a"))

        #expect(reads.takeUnanswered(now: .milliseconds(501))?.tags == [.user(2)])
    }

    @Test("Whatever a read waits for, it ends in time, and so does what another node or the control plane waits for")
    mutating func overdue() {
        let control = ReadBatch(
            origin: .control({ _ in }), id: 9, leader: nil, askedAt: .milliseconds(0), deadline: .milliseconds(50))
        reads.append(control)
        reads.append(mine(1, id: 10))
        reads.append(peers("b", id: 11))
        reads.append(mine(2, id: 12, of: "a", at: .milliseconds(10)))
        reads.awaitApply(of: LogIndex(9), ([.user(3)], .milliseconds(5)))
        reads.awaitApply(of: LogIndex(9), ([.user(4)], .milliseconds(20)))

        #expect(reads.takeOverdue(now: .milliseconds(49)).isEmpty)
        #expect(reads.takeOverdue(now: .milliseconds(50)).count == 1)
        #expect(reads.nextDeadline == .milliseconds(6_000))
        var tags: [RequestTag] = []
        var peers: [NodeID] = []
        for origin in reads.takeOverdue(now: .milliseconds(6_010)) {
            switch origin {
            case .local(let local, _): tags += local
            case .peer(let peer, _): peers.append(peer)
            case .control: Issue.record("the control plane is called twice")
            }
        }

        #expect(tags == [.user(1), .user(2), .user(3)])
        #expect(peers == ["b"])
        #expect(reads.nextDeadline == .milliseconds(6_020))
        #expect(reads.awaitsApply)
    }

    @Test("With a link ends what it was asked for and what it asked for, and only the former is asked again")
    mutating func link() {
        reads.append(mine(1, id: 10, of: "a"))
        reads.append(peers("a", id: 11))
        reads.append(mine(2, id: 12, of: "b"))
        reads.append(peers("b", id: 13))
        reads.append(mine(3, id: 14, of: "a"))

        #expect(reads.endLink(to: "a").map(\.tags) == [[.user(1)], [.user(3)]])
        #expect(reads.count(askedBy: "a") == 0)
        #expect(reads.count(askedBy: "b") == 1)
        #expect(reads.take(12, askedOf: "b")?.tags == [.user(2)])
    }

    @Test("A confirmed read may be served when its index is applied, whatever was confirmed before it")
    mutating func apply() {
        var answers = Answers(sinkCount: 1)
        reads.awaitApply(of: LogIndex(9), ([.user(1)], .milliseconds(0)))
        reads.awaitApply(of: LogIndex(7), ([.user(2), .user(3)], .milliseconds(0)))
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
}
