import RaftCore
import Testing

@testable import HotPath

@Suite("Bursts that wait for a leader")
struct HeldBurstsTests {
    private var bursts = HeldBursts(leaderWaitNanoseconds: 3_000_000_000, retryNanoseconds: 20_000_000)

    private func requests(_ bursts: [Burst]) -> [UInt64] { bursts.flatMap(\.tags).map(\.request) }

    @Test("A burst that found no leader is tried as soon as there is one, one that was turned away a little later")
    mutating func due() {
        bursts.append(.puts(1...1), deadline: .milliseconds(3_000), now: .milliseconds(0))
        bursts.appendForRetry(.puts(2...2), now: .milliseconds(0))
        bursts.append(.puts(3...3), deadline: .milliseconds(3_000), now: .milliseconds(0))

        #expect(requests(bursts.takeDue(now: .milliseconds(0)).map(\.burst)) == [1, 3])
        #expect(bursts.takeDue(now: .milliseconds(19)).isEmpty)
        #expect(requests(bursts.takeDue(now: .milliseconds(20)).map(\.burst)) == [2])
        #expect(bursts.isEmpty)
    }

    @Test("The deadline counts from the arrival, however often a burst is tried")
    mutating func deadlines() {
        let deadline = bursts.deadline(ofArrival: .milliseconds(5))
        bursts.appendForRetry(.puts(1...1), deadline: deadline, now: .milliseconds(2_000))
        bursts.appendForRetry(.puts(2...2), now: .milliseconds(2_000))

        #expect(deadline == .milliseconds(3_005))
        let due = bursts.takeDue(now: .milliseconds(2_020))
        #expect(due.map(\.deadline) == [.milliseconds(3_005), .milliseconds(5_000)])
    }

    @Test("Bursts past their deadline are taken out, and no others")
    mutating func overdue() {
        bursts.append(.puts(1...1), deadline: .milliseconds(10), now: .milliseconds(0))
        bursts.append(.puts(2...2), deadline: .milliseconds(20), now: .milliseconds(0))
        bursts.append(.puts(3...3), deadline: .milliseconds(10), now: .milliseconds(0))

        #expect(bursts.takeOverdue(now: .milliseconds(9), all: false).isEmpty)
        #expect(requests(bursts.takeOverdue(now: .milliseconds(10), all: false)) == [1, 3])
        #expect(bursts.needsClock)
        #expect(requests(bursts.takeOverdue(now: .milliseconds(10), all: true)) == [2])
        #expect(!bursts.needsClock)
    }
}
