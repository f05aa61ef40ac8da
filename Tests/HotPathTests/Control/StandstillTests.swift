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
        standstill.append { calls.append($0) }
        standstill.append { calls.append($0) }
        #expect(standstill.isAwaited)
        #expect(standstill.awaitsApply)

        for waiter in standstill.takeWaiters() { waiter(true) }

        #expect(calls == [true, true])
        #expect(!standstill.isAwaited)
        #expect(standstill.takeWaiters().isEmpty)
    }
}
