import HotPath
import NIOCore
import RaftCore
import Synchronization
import Testing

@testable import HTTPAPI

@Suite("Making digests")
struct StateDigestsTests {
    /// Makes a digest when the test says so, and counts.
    ///
    /// `@unchecked Sendable`: mutable state is touched only with `monitor` locked.
    private final class HeldDigester: StateDigester, @unchecked Sendable {
        private let monitor = Monitor()
        private var begun = 0
        private var permitted = 0

        func digest(while mayContinue: () -> Bool) throws(StoreFailure) -> StateDigest? {
            let number = monitor.withLock {
                begun += 1
                monitor.signal()
                return begun
            }
            while mayContinue() {
                if monitor.withLock({ permitted >= number }) {
                    return StateDigest(applied: .zero, revision: UInt64(number), keyCount: 0, hash: 0)
                }
            }
            return nil
        }

        func waitUntilBegun(_ count: Int) {
            monitor.withLock {
                while begun < count { monitor.wait() }
            }
        }

        func permit(_ count: Int) { monitor.withLock { permitted = count } }
    }

    @Test("Those who ask while one is made share the next, which begins after they asked")
    func sharing() async throws {
        let digester = HeldDigester()
        let digests = StateDigests(digester: digester)
        digests.start()
        let (answers, continuation) = AsyncStream.makeStream(of: UInt64?.self)
        let note: DigestMaking.Caller = { continuation.yield(try? $0.get()?.revision) }
        #expect(digests.make(until: .distantFuture, note))
        digester.waitUntilBegun(1)
        for _ in 0..<3 { #expect(digests.make(until: .distantFuture, note)) }
        digester.permit(2)

        var revisions: [UInt64?] = []
        for await revision in answers.prefix(4) { revisions.append(revision) }

        #expect(revisions == [1, 2, 2, 2])
        await digests.shutdown()
    }

    @Test("One that nobody waits for any more is broken off, and who came too late gets none")
    func tooLate() async throws {
        let digester = HeldDigester()
        let digests = StateDigests(digester: digester)
        digests.start()
        let (answers, continuation) = AsyncStream.makeStream(of: UInt64?.self)
        #expect(digests.make(until: .now() + .milliseconds(50)) { _ in continuation.yield(0) })
        digester.waitUntilBegun(1)
        // Never permitted: the thread is free for the next one only when the first is broken off.
        #expect(digests.make(until: .now() - .seconds(1)) { _ in continuation.yield(1) })
        #expect(digests.make(until: .distantFuture) { continuation.yield(try? $0.get()?.revision) })
        digester.waitUntilBegun(2)
        digester.permit(2)

        var revisions: [UInt64?] = []
        for await revision in answers.prefix(1) { revisions.append(revision) }

        #expect(revisions == [2])
        await digests.shutdown()
    }

    @Test("No more than a number of requests wait")
    func limit() async throws {
        let digester = HeldDigester()
        let digests = StateDigests(digester: digester)
        digests.start()
        #expect(digests.make(until: .distantFuture) { _ in })
        digester.waitUntilBegun(1)

        for _ in 0..<HTTPLimits.digestsWaitingMax { #expect(digests.make(until: .distantFuture) { _ in }) }

        #expect(!digests.make(until: .distantFuture) { _ in })
        await digests.shutdown()
    }

    @Test("A node that stops waits for none")
    func stop() async throws {
        let digester = HeldDigester()
        let digests = StateDigests(digester: digester)
        digests.start()
        let (answers, continuation) = AsyncStream.makeStream(of: Bool.self)
        let note: DigestMaking.Caller = { continuation.yield((try? $0.get()) == .some(.none)) }
        #expect(digests.make(until: .distantFuture, note))
        digester.waitUntilBegun(1)
        #expect(digests.make(until: .distantFuture, note))

        await digests.shutdown()

        var areStopped: [Bool] = []
        for await isStopped in answers.prefix(2) { areStopped.append(isStopped) }
        #expect(areStopped == [true, true])
    }
}
