import HotPath
import NIOCore
import RaftCore
import Testing

@testable import PeerTransport

@Suite("Silent and absent peers", .timeLimit(.minutes(10)))
struct SilenceTests {
    @Test("A listener that accepts and never answers costs one attempt, not the node")
    func silentListener() async throws {
        try await withLoops { group in
            let node = try await TestNode.start("a", on: group, settings: .impatient)
            let listener = try await RawPeer.listen(on: group.next())
            try await node.setMembers([Member(id: "b", role: .voter, raftAddress: "127.0.0.1:\(listener.port)")])
            let peer = try await listener.accepted.get()

            #expect(try await peer.goodbye()?.reason == .handshakeTimeout)
            // It tries again.
            try await node.wait(for: .introduced, count: 2)
            #expect(try await node.warnings().map(\.peer) == ["b"])
        }
    }

    @Test("A connection that says nothing is closed")
    func silentDialler() async throws {
        try await withLoops { group in
            let node = try await TestNode.start("a", on: group, settings: .impatient)
            let peer = try await RawPeer.connect(to: node.port(), on: group.next())

            #expect(try await peer.goodbye()?.reason == .handshakeTimeout)
            #expect(try await node.warnings().count == 1)
        }
    }

    @Test("A peer that falls silent on its link is dead")
    func silentPeer() async throws {
        try await withLoops { group in
            var settings = PeerTransportSettings.impatient
            // The handshake may take as long as the machine needs; impatience begins after it.
            settings.handshakeTicksMax = .max
            let node = try await TestNode.start("b", on: group, settings: settings)
            let peer = try await RawPeer.connect(to: node.port(), on: group.next())
            try await peer.send(RawPeer.hello(from: "a"))

            try await node.wait(for: .linkOpened("a"))
            try await node.wait(for: .unreachable("a"))

            let warnings = try await node.warnings()
            #expect(warnings.count == 1)
            #expect(warnings.first?.reason.contains("nothing was heard") == true)
        }
    }

    @Test("A refused dial is reported each time, and logged without alarm")
    func refusedDial() async throws {
        try await withLoops { group in
            let node = try await TestNode.start("a", on: group)
            // Port 1 is privileged and unused.
            try await node.setMembers([Member(id: "b", role: .voter, raftAddress: "127.0.0.1:1")])

            try await node.wait(for: .unreachable("b"), count: 3)

            #expect(try await node.warnings().isEmpty)
            #expect(try await node.run { _, recorder in recorder.wasEntered } == false)
        }
    }
}
