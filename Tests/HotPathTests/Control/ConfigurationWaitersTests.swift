import RaftCore
import Testing

@testable import HotPath

@Suite("Those who wait for a change of the configuration")
struct ConfigurationWaitersTests {
    /// For the changes at the indexes 4 and 6.
    private func makeWaiters() -> ConfigurationWaiters {
        var waiters = ConfigurationWaiters()
        waiters.append({ _ in }, for: .of(4), deadline: .milliseconds(200))
        waiters.append({ _ in }, for: .of(6, term: 2), deadline: .milliseconds(100))
        return waiters
    }

    @Test("A waiter leaves when its index is committed")
    func committed() {
        var waiters = makeWaiters()

        #expect(waiters.popFirst(through: LogIndex(3)) == nil)
        #expect(waiters.popFirst(through: LogIndex(5))?.id == .of(4))
        #expect(waiters.popFirst(through: LogIndex(5)) == nil)
        #expect(waiters.popFirst(through: LogIndex(6))?.id == .of(6, term: 2))
    }

    @Test("The others end with leadership, once and not before")
    func leadershipLost() {
        var waiters = makeWaiters()
        #expect(waiters.takeEnded().isEmpty)

        waiters.endWithLeadership()
        #expect(waiters.popFirst(through: LogIndex(4)) != nil, "a committed change has a known outcome")
        #expect(waiters.takeEnded().count == 1)
        waiters.append({ _ in }, for: .of(9), deadline: .milliseconds(100))

        #expect(waiters.takeEnded().isEmpty, "a waiter of a later leadership ended with an earlier one")
        #expect(waiters.takeAll().count == 1)
    }

    @Test("A change that no majority writes down makes nobody wait without end")
    func overdue() {
        var waiters = makeWaiters()

        #expect(waiters.nextDeadline == .milliseconds(100))
        #expect(waiters.takeOverdue(now: .milliseconds(99)).isEmpty)
        #expect(waiters.takeOverdue(now: .milliseconds(100)).count == 1)
        #expect(waiters.nextDeadline == .milliseconds(200))
        #expect(waiters.popFirst(through: LogIndex(9))?.id == .of(4), "the other one ended too")
        #expect(waiters.popFirst(through: LogIndex(9)) == nil)
    }
}
