import HotPath
import NIOCore
import RaftCore
import Testing

@testable import PeerTransport

@Suite("Bounds of what a peer can take up", .timeLimit(.minutes(10)))
struct BoundsTests {
    @Test("A peer that does not read loses its link instead of this node's memory")
    func unreadOutbound() async throws {
        var settings = PeerTransportSettings.forTests
        settings.outboundBytesMax = 4 << 20
        try await withLoops { [settings] group in
            let node = try await TestNode.start("b", on: group, settings: settings)
            let peer = try await RawPeer.connect(to: node.port(), on: group.next(), autoRead: false)
            try await peer.send(RawPeer.hello(from: "a"))
            try await node.wait(for: .linkOpened("a"))

            let payload = ByteBuffer(repeating: 1, count: 1 << 20)
            while try await node.run({ transport, recorder in
                transport.send(.controlRequest(id: 1, payload: payload), to: "a")
                transport.flush()
                return transport.isLinked(to: "a")
            }) {}
            try await node.wait(for: .unreachable("a"))

            let warnings = try await node.warnings()
            #expect(warnings.count == 1)
            #expect(warnings.first?.reason.contains("does not read") == true)
            // The loss was reported after the call that found it.
            #expect(try await node.run { _, recorder in recorder.wasEntered } == false)
            try await peer.close()
        }
    }

    @Test("Of too many connections that say nothing the oldest is closed")
    func tooManyConnections() async throws {
        try await withLoops { group in
            let node = try await TestNode.start("a", on: group)
            let oldest = try await RawPeer.connect(to: node.port(), on: group.next())
            try await node.waitUntil { transport, _ in transport.connections.count == 1 }
            for _ in 0..<TransportLimits.unauthenticatedConnectionsMax {
                _ = try await RawPeer.connect(to: node.port(), on: group.next())
            }

            #expect(try await oldest.goodbye()?.reason == .tooManyConnections)
            let count = try await node.run { transport, _ in transport.connections.count }
            #expect(count == TransportLimits.unauthenticatedConnectionsMax)
        }
    }

    @Test("Links of strangers are bounded")
    func tooManyStrangers() async throws {
        try await withLoops { group in
            let node = try await TestNode.start("a", on: group)
            for number in 0..<TransportLimits.strangerLinksMax {
                let peer = try await RawPeer.connect(to: node.port(), on: group.next())
                try await peer.send(RawPeer.hello(from: NodeID("stranger\(number)")))
                try await node.wait(for: .linkOpened(NodeID("stranger\(number)")))
            }

            let last = try await RawPeer.connect(to: node.port(), on: group.next())
            try await last.send(RawPeer.hello(from: "one more"))

            #expect(try await last.goodbye()?.reason == .tooManyConnections)
        }
    }

    @Test("A port in use is explained")
    func bindError() async throws {
        try await withLoops { group in
            let first = try await TestNode.start("a", on: group)
            let port = try await first.port()

            let error = await #expect(throws: TransportError.self) {
                try await TestNode.start("b", on: group, port: port)
            }

            #expect(error?.code == .bindFailed)
            #expect(error?.address == "127.0.0.1:\(port)")
            #expect(error?.message.contains("Address already in use") == true)
            #expect(error?.message.contains("RAFT_PORT") == true)
        }
    }
}
