import RaftCore
import Testing

@testable import HotPath

@Suite("Links to members, and to those that have left")
struct MemberLinksTests {
    private var links = MemberLinks(trimNanoseconds: 2_000_000_000)

    private func members(_ ids: NodeID...) -> [Member] { ids.map { Member(id: $0, role: .voter) } }

    @Test("A new member is linked at once, and nothing is due")
    mutating func joins() {
        links.restart(with: members("a"))

        links.configurationChanged(to: members("a", "b"), now: .milliseconds(0))

        #expect(links.members.map(\.id) == ["a", "b"])
        #expect(links.nextDeadline == nil)
        #expect(!links.isOverdue(now: .milliseconds(9_000)))
    }

    @Test("A member that has left keeps its link for a while after the last change")
    mutating func leaves() {
        links.restart(with: members("a", "b", "c"))
        links.configurationChanged(to: members("a", "b"), now: .milliseconds(0))
        links.configurationChanged(to: members("a"), now: .milliseconds(100))

        #expect(links.members.map(\.id) == ["a", "b", "c"])
        #expect(links.nextDeadline == .milliseconds(2_100))
        #expect(links.takeOverdue(now: .milliseconds(2_099), current: members("a"), isCommitted: true) == nil)
        #expect(links.takeOverdue(now: .milliseconds(2_100), current: members("a"), isCommitted: true) == ["b", "c"])
        #expect(links.members.map(\.id) == ["a"])
        #expect(links.nextDeadline == nil)
    }

    @Test("A configuration that may be rolled back puts the deadline off")
    mutating func uncommitted() {
        links.restart(with: members("a", "b"))
        links.configurationChanged(to: members("a"), now: .milliseconds(0))

        #expect(links.takeOverdue(now: .milliseconds(2_000), current: members("a"), isCommitted: false) == nil)
        #expect(links.nextDeadline == .milliseconds(4_000))
        #expect(links.members.map(\.id) == ["a", "b"])
    }

    @Test("A removal that is rolled back leaves nothing to give up")
    mutating func rolledBack() {
        links.restart(with: members("a", "b"))
        links.configurationChanged(to: members("a"), now: .milliseconds(0))

        links.configurationChanged(to: members("a", "b"), now: .milliseconds(10))

        #expect(links.members.map(\.id) == ["a", "b"])
        #expect(links.nextDeadline == nil)
    }
}
