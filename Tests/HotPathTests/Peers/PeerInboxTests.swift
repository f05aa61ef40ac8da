import RaftCore
import Testing

@testable import HotPath

@Suite("Reports of the links since the last turn")
struct PeerInboxTests {
    private func describe(_ inbox: PeerInbox) -> [String] {
        inbox.reports.map { peer, report in
            switch report {
            case .message: "\(peer) says"
            case .linkOpened: "\(peer) opens"
            case .linkClosed: "\(peer) closes"
            }
        }
    }

    @Test("Messages, openings and closings keep their order; a replica that stands still forgets only the messages")
    func order() {
        var inbox = PeerInbox()
        inbox.append(.message(.readIndexRequest(id: 1)), from: "a")
        inbox.append(.linkClosed, from: "b")
        inbox.append(.linkOpened, from: "b")
        inbox.append(.message(.readIndexRequest(id: 2)), from: "b")

        #expect(describe(inbox) == ["a says", "b closes", "b opens", "b says"])
        inbox.removeMessages()
        #expect(describe(inbox) == ["b closes", "b opens"])
        inbox.removeReports()
        #expect(inbox.reports.isEmpty)
    }
}
