import RaftCore
import Testing

@testable import HotPath

@Suite("How a replica comes to rest")
struct StandstillTests {
    @Test("It is frozen for a while and shut down for good")
    func states() {
        var standstill = Standstill()
        #expect(!standstill.awaitsApply)
        #expect(!standstill.needsClock)

        standstill.freeze()
        #expect(standstill.isFrozen)
        #expect(!standstill.awaitsApply)
        standstill.unfreeze()
        #expect(!standstill.isFrozen)
        standstill.beginShutdown()
        #expect(standstill.isShuttingDown)
        #expect(standstill.awaitsApply)
        #expect(standstill.needsClock)
    }

    @Test("Those who wait for it are called once")
    func waiters() {
        var standstill = Standstill()
        var calls: [Bool] = []
        standstill.append({ calls.append($0) }, deadline: .milliseconds(100))
        standstill.append({ calls.append($0) }, deadline: .milliseconds(50))
        #expect(standstill.isAwaited)
        #expect(standstill.awaitsApply)

        for waiter in standstill.takeWaiters() { waiter(true) }

        #expect(calls == [true, true])
        #expect(!standstill.isAwaited)
        #expect(standstill.takeWaiters().isEmpty)
    }

    @Test("Whoever waits for a replica that does not come to rest waits until a deadline")
    func overdue() {
        var standstill = Standstill()
        var ended: [Int] = []
        standstill.append({ _ in ended.append(1) }, deadline: .milliseconds(100))
        standstill.append({ _ in ended.append(2) }, deadline: .milliseconds(50))

        #expect(standstill.nextDeadline == .milliseconds(50))
        for waiter in standstill.takeOverdue(now: .milliseconds(99)) { waiter(false) }
        #expect(ended == [2])
        #expect(standstill.isAwaited)
        #expect(standstill.nextDeadline == .milliseconds(100))
        for waiter in standstill.takeOverdue(now: .milliseconds(100)) { waiter(false) }
        #expect(ended == [2, 1])
        #expect(!standstill.isAwaited)
        #expect(standstill.nextDeadline == nil)
    }
}
