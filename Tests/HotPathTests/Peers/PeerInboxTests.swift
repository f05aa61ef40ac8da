import RaftCore
import Testing

@testable import HotPath

@Suite("Reports of the links since the last turn")
struct PeerInboxTests {
    @Test("Messages and closed links keep their order and are taken apart from each other")
    func order() {
        var inbox = PeerInbox()
        inbox.append(.readIndexRequest(id: 1), from: "a")
        inbox.appendUnreachable("b")
        inbox.append(.readIndexRequest(id: 2), from: "b")

        #expect(inbox.messages.map(\.from) == ["a", "b"])
        inbox.removeMessages()
        #expect(inbox.messages.isEmpty)
        #expect(inbox.unreachable == ["b"], "a frozen replica forgot that a link closed")
        inbox.removeUnreachable()
        #expect(inbox.unreachable.isEmpty)
    }
}
