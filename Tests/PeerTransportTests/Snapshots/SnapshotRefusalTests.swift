import ClusterControl
import HotPath
import NIOCore
import RaftCore
import Testing

@testable import PeerTransport

@Suite("Who may have a snapshot, and what a hostile end of a transfer gets", .timeLimit(.minutes(10)))
struct SnapshotRefusalTests {
    private static let chunk = SnapshotFrame.chunk(ByteBuffer(string: "rows"))
    private static let request = SnapshotFrame.request(
        SnapshotRequest(lastIncluded: TestNode.lastIncluded), credits: TransportLimits.snapshotCreditsMax)

    private static func hello(
        from id: NodeID, clusterID: ClusterID? = TestNode.clusterID, instance: InstanceID? = nil,
        as kind: FrameKind = .hello, featureLevel: UInt8 = 2
    ) -> [UInt8] {
        RawPeer.hello(
            from: id, clusterID: clusterID, instance: instance, as: kind, purpose: .snapshot,
            featureLevel: featureLevel)
    }

    /// Frames in a row, the first of them with the sequence 1.
    private static func bytes(_ frames: [SnapshotFrame]) -> [UInt8] {
        var buffer = ByteBuffer()
        for (position, frame) in frames.enumerated() { frame.encode(into: &buffer, sequence: UInt64(position) + 1) }
        return Array(buffer.readableBytesView)
    }

    private static var id: SnapshotID {
        guard let id = SnapshotID(7) else { preconditionFailure("7 is an id") }
        return id
    }

    // MARK: At the sender

    @Test("Only a member gets a snapshot, and only that life of its directory which is the member")
    func members() async throws {
        try await withLoops { loops in
            let leader = try await TestNode.start("a", on: loops)
            let instance = InstanceID(high: 1, low: 2)
            try await leader.setMembers([
                Member(id: "b", role: .voter, raftAddress: "127.0.0.1:1", instance: instance)
            ])
            let cases: [(hello: [UInt8], reason: CloseReason)] = [
                (Self.hello(from: "c"), .notMember),
                (Self.hello(from: "b"), .otherInstance),
                (Self.hello(from: "b", instance: InstanceID(high: 9, low: 9)), .otherInstance),
                (Self.hello(from: "b", clusterID: ClusterID(high: 8, low: 9), instance: instance), .foreignCluster),
                (Self.hello(from: "a", instance: instance), .sameNodeID),
            ]
            for (hello, reason) in cases {
                let peer = try await RawPeer.connect(to: leader.port(), on: loops.next())
                try await peer.send(hello)
                #expect(try await peer.goodbye()?.reason == reason)
            }
        }
    }

    private static let hostileReceivers: [(name: String, bytes: [UInt8])] = [
        ("a chunk", bytes([chunk])),
        ("credits before the request", bytes([.credit(1)])),
        ("a second request", bytes([request, request])),
        ("too many credits", bytes([.request(SnapshotRequest(lastIncluded: TestNode.lastIncluded), credits: 5)])),
        ("too many credits later", bytes([request, .credit(65_535)])),
        ("the end", bytes([.end(total: ByteBuffer())])),
        ("a message of a link", RawPeer.message(1, sequence: 1)),
        ("a frame that only a receiver takes", bytes([.chunk(ByteBuffer(repeating: 1, count: 20 << 10))])),
    ]

    @Test("A receiver that says what it may not is refused", arguments: hostileReceivers.indices)
    func hostileReceiver(position: Int) async throws {
        try await withLoops { loops in
            let leader = try await TestNode.start("a", on: loops)
            try await leader.setMembers([Member(id: "b", role: .voter, raftAddress: "127.0.0.1:1")])
            try await leader.serve([ByteBuffer(string: "rows")])
            let peer = try await RawPeer.connect(to: leader.port(), on: loops.next())

            try await peer.send(Self.hello(from: "b") + Self.hostileReceivers[position].bytes)

            #expect(try await peer.goodbye()?.reason == .malformed, "\(Self.hostileReceivers[position].name)")
            #expect(try await leader.run { transport, _ in transport.uploads.all.isEmpty })
            #expect(try await leader.run { _, recorder in recorder.source?.openCount } == 0)
        }
    }

    @Test("A member that dials again takes the place of its former connection")
    func superseded() async throws {
        try await withLoops { loops in
            let leader = try await TestNode.start("a", on: loops)
            try await leader.setMembers([Member(id: "b", role: .voter, raftAddress: "127.0.0.1:1")])
            try await leader.serve([ByteBuffer(string: "rows")])
            let former = try await RawPeer.connect(to: leader.port(), on: loops.next())
            try await former.send(Self.hello(from: "b") + Self.bytes([Self.request]))
            try await leader.waitUntil { transport, _ in transport.uploads.all.count == 1 }

            let next = try await RawPeer.connect(to: leader.port(), on: loops.next())
            try await next.send(Self.hello(from: "b") + Self.bytes([Self.request]))

            #expect(try await former.goodbye()?.reason == .superseded)
            try await leader.waitUntil { _, recorder in recorder.source?.requests.count == 2 }
            #expect(try await leader.run { transport, _ in transport.uploads.all.count } == 1)
        }
    }

    @Test("A receiver that asks for nothing, or takes nothing any more, is given up", arguments: [false, true])
    func stalledReceiver(hasAsked: Bool) async throws {
        try await withLoops { loops in
            let settings = PeerTransportSettings.forTests
            let leader = try await TestNode.start("a", on: loops, settings: settings)
            try await leader.setMembers([Member(id: "b", role: .voter, raftAddress: "127.0.0.1:1")])
            try await leader.serve(Array(repeating: ByteBuffer(string: "rows"), count: 9))
            let peer = try await RawPeer.connect(to: leader.port(), on: loops.next())
            try await peer.send(Self.hello(from: "b") + (hasAsked ? Self.bytes([Self.request]) : []))
            // All that it has room for is sent.
            let sent = hasAsked ? UInt64(TransportLimits.snapshotCreditsMax) : nil
            try await leader.waitUntil { transport, _ in
                transport.uploads.all.count == 1 && transport.snapshotTransfers.first?.chunks == sent
            }

            try await leader.run { transport, _ in
                for _ in 1..<(hasAsked ? settings.snapshotStallTicksMax : settings.handshakeTicksMax) {
                    transport.uploads.all.first?.tick()
                }
                #expect(transport.uploads.all.count == 1)
                transport.uploads.all.first?.tick()
            }

            #expect(try await peer.goodbye()?.reason == .stalled)
            try await leader.waitUntil { transport, recorder in
                transport.uploads.all.isEmpty && recorder.source?.openCount == 0
            }
        }
    }

    // MARK: At the receiver

    /// A follower that fetches from a peer which the test plays, and the peer's end after the handshake.
    private static func withSender(
        settings: PeerTransportSettings = .forTests, isHolding: Bool = false, featureLevel: UInt8 = 2,
        _ body: (TestNode, RawPeer) async throws -> Void
    ) async throws {
        try await withLoops { loops in
            // The other side would dial its link: the lower id does.
            let follower = try await TestNode.start("z", on: loops, settings: settings)
            let listener = try await RawPeer.listen(on: loops.next())
            try await follower.setMembers([
                Member(id: "b", role: .voter, raftAddress: "127.0.0.1:\(listener.port)")
            ])
            try await follower.fetch(from: "b", isHolding: isHolding)
            let peer = try await listener.accepted.get()
            try await peer.send(hello(from: "b", as: .welcome, featureLevel: featureLevel))
            try await body(follower, peer)
            try await follower.run { transport, _ in transport.cancelSnapshotFetch() }
        }
    }

    private static let hostileSenders: [(name: String, frames: [SnapshotFrame])] = [
        ("a chunk before the opening", [chunk]),
        ("the end before the opening", [.end(total: ByteBuffer())]),
        ("a second opening", [.opened(id), .opened(id)]),
        ("a chunk without a credit", [.opened(id)] + Array(repeating: chunk, count: 5)),
        ("a chunk after the end", [.opened(id), chunk, .end(total: ByteBuffer()), chunk]),
        ("a request", [request]),
        ("a credit", [.credit(1)]),
    ]

    @Test("A sender that says what it may not is refused", arguments: hostileSenders.indices)
    func hostileSender(position: Int) async throws {
        try await Self.withSender(isHolding: true) { _, peer in
            try await peer.send(Self.bytes(Self.hostileSenders[position].frames))

            #expect(try await peer.goodbye()?.reason == .malformed, "\(Self.hostileSenders[position].name)")
        }
    }

    @Test("A frame that is larger than any chunk is refused as soon as its header is there")
    func oversized() async throws {
        try await Self.withSender { _, peer in
            var header = [UInt8](repeating: 0, count: Frame.headerBytes)
            withUnsafeBytes(of: UInt32(SnapshotFrame.bytesMax + 1).littleEndian) {
                header.replaceSubrange(8..<12, with: $0)
            }
            try await peer.send(header)

            #expect(try await peer.goodbye()?.reason == .malformed)
        }
    }

    @Test("A release that does not know snapshots is asked for none, or its refusal ends the fetch")
    func olderRelease() async throws {
        try await withLoops { loops in
            let (leader, followers) = try await TestNode.cluster(on: loops, [])
            _ = leader
            let old = try await TestNode.start("z", on: loops)
            try await old.run { _, recorder in recorder.own.featureLevel = SnapshotTransfer.featureLevel - 1 }
            try await old.setMembers([])
            try await followers[0].setMembers([old.member()])
            try await followers[0].wait(for: .linkOpened("z"))

            try await followers[0].fetch(from: "z")

            let sentence = "\"z\" runs a release that cannot send snapshots; upgrade it"
            #expect(try await followers[0].fetchEnd() == .failed(sentence))
        }
        try await withLoops { loops in
            let follower = try await TestNode.start("z", on: loops)
            let listener = try await RawPeer.listen(on: loops.next())
            try await follower.setMembers([
                Member(id: "b", role: .voter, raftAddress: "127.0.0.1:\(listener.port)")
            ])
            try await follower.fetch(from: "b")
            var answer = ByteBuffer()
            Preamble().write(to: &answer)
            Goodbye(.malformed, "unknown purpose 3 of a connection").encode(into: &answer, sequence: 0)

            try await listener.accepted.get().send(Array(answer.readableBytesView))

            #expect(try await follower.fetchEnd() == .failed("unknown purpose 3 of a connection"))
        }
    }

    @Test("A sender of an older release that takes the connection is refused")
    func olderWelcome() async throws {
        try await Self.withSender(featureLevel: 1) { _, peer in
            let goodbye = try await peer.goodbye()
            #expect(goodbye?.reason == .malformed)
        }
    }

    @Test("Where nothing moves for too long, the connection ends, and after longer the fetch, with the last reason")
    func noProgress() async throws {
        var settings = PeerTransportSettings.forTests
        settings.snapshotStallTicksMax = 4
        settings.snapshotProgressTicksMax = 8
        // Another attempt would wait for an answer that nobody gives.
        settings.dialPauseMin = .hours(1)
        settings.dialPauseMax = .hours(1)
        try await Self.withSender(settings: settings) { follower, peer in
            try await peer.send(Self.bytes([.opened(Self.id), Self.chunk]))
            try await follower.waitUntil { _, recorder in recorder.sinks[0].chunks.count == 1 }

            try await follower.run { transport, _ in for _ in 0..<4 { transport.fetch?.tick() } }
            #expect(try await peer.goodbye()?.reason == .stalled)
            #expect(try await follower.run { _, recorder in recorder.sinks[0].ends.isEmpty })
            try await follower.run { transport, _ in for _ in 0..<4 { transport.fetch?.tick() } }

            let end = try await follower.fetchEnd()
            guard case .failed(let reason) = end else {
                Issue.record("\(String(describing: end))")
                return
            }
            #expect(reason.contains("it has sent nothing of the snapshot for too long"))
        }
    }
}
