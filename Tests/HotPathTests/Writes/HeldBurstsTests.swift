import RaftCore
import Testing

@testable import HotPath

@Suite("Bursts that wait for a leader")
struct HeldBurstsTests {
    private var bursts = HeldBursts(leaderWaitNanoseconds: 3_000_000_000, retryNanoseconds: 20_000_000)

    private func requests(_ bursts: [Burst]) -> [UInt64] { bursts.flatMap(\.tags).map(\.request) }

    @Test("A burst that found no leader is tried as soon as there is one, one that was turned away a little later")
    mutating func due() {
        bursts.append(.puts(1...1), arrivedAt: .milliseconds(0), now: .milliseconds(0))
        bursts.appendForRetry(.puts(2...2), arrivedAt: .milliseconds(0), now: .milliseconds(0))
        bursts.append(.puts(3...3), arrivedAt: .milliseconds(0), now: .milliseconds(0))

        #expect(requests(bursts.takeDue(now: .milliseconds(0)).map(\.burst)) == [1, 3])
        #expect(bursts.takeDue(now: .milliseconds(19)).isEmpty)
        #expect(requests(bursts.takeDue(now: .milliseconds(20)).map(\.burst)) == [2])
        #expect(bursts.isEmpty)
    }

    @Test("The deadline counts from the arrival, however often a burst is tried")
    mutating func deadlines() {
        bursts.appendForRetry(.puts(1...1), arrivedAt: .milliseconds(5), now: .milliseconds(2_000))
        for due in bursts.takeDue(now: .milliseconds(2_020)) {
            #expect(due.arrivedAt == .milliseconds(5))
            bursts.appendForRetry(due.burst, arrivedAt: due.arrivedAt, now: .milliseconds(2_900))
        }

        #expect(bursts.takeOverdue(now: .milliseconds(3_004), all: false).isEmpty)
        #expect(bursts.takeDue(now: .milliseconds(3_005)).isEmpty, "a burst was tried after its deadline")
        #expect(requests(bursts.takeOverdue(now: .milliseconds(3_005), all: false)) == [1])
    }

    @Test("Bursts past their deadline are taken out, and no others")
    mutating func overdue() {
        bursts.append(.puts(1...1), arrivedAt: .milliseconds(0), now: .milliseconds(10))
        bursts.append(.puts(2...2), arrivedAt: .milliseconds(10), now: .milliseconds(10))
        bursts.append(.puts(3...3), arrivedAt: .milliseconds(0), now: .milliseconds(10))

        #expect(bursts.takeOverdue(now: .milliseconds(2_999), all: false).isEmpty)
        #expect(requests(bursts.takeOverdue(now: .milliseconds(3_000), all: false)) == [1, 3])
        #expect(bursts.needsClock)
        #expect(requests(bursts.takeOverdue(now: .milliseconds(3_000), all: true)) == [2])
        #expect(!bursts.needsClock)
    }
}
