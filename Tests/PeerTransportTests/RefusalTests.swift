import Bytes
import ClusterControl
import HotPath
import NIOCore
import NIOPosix
import RaftCore
import Testing

@testable import PeerTransport

@Suite("Refusals and damage", .timeLimit(.minutes(10)))
struct RefusalTests {
    @Test("Nodes of different clusters never link, and each says so once")
    func foreignCluster() async throws {
        try await withLoops { group in
            let first = try await TestNode.start("a", on: group)
            let second = try await TestNode.start("b", on: group, clusterID: ClusterID(high: 8, low: 9))

            try await first.setMembers([second.member()])
            // Each attempt asks once for the hello and, at the other side, once to compare.
            try await first.wait(for: .introduced, count: 5)
            try await second.wait(for: .introduced, count: 5)

            for (node, peer) in [(first, "b"), (second, "a")] {
                let warnings = try await node.warnings()
                #expect(warnings.count == 1)
                #expect(warnings.first?.peer == peer)
                #expect(warnings.first?.address?.hasPrefix("127.0.0.1:") == true)
                #expect(warnings.first?.reason.contains("not of one cluster") == true)
                #expect(try await node.heard().allSatisfy { $0 == .introduced })
            }
        }
    }

    @Test("A node that belongs to no cluster has no links")
    func noCluster() async throws {
        try await withLoops { group in
            let node = try await TestNode.start("b", on: group, clusterID: nil)
            let peer = try await RawPeer.connect(to: node.port(), on: group.next())

            try await peer.send(RawPeer.hello(from: "a", clusterID: nil))

            #expect(try await peer.goodbye()?.reason == .foreignCluster)
        }
    }

    @Test("Another protocol version gets ours in answer, and is closed with one line")
    func foreignVersion() async throws {
        try await withLoops { group in
            let node = try await TestNode.start("b", on: group)
            let peer = try await RawPeer.connect(to: node.port(), on: group.next())
            var hello = RawPeer.hello(from: "a")
            hello[6] = 9

            try await peer.send(hello)
            try await peer.waitForEnd()

            #expect(try await peer.received() == GoldenFrames.decode(GoldenFrames.preamble))
            let warnings = try await node.warnings()
            #expect(warnings.count == 1)
            #expect(warnings.first?.reason.contains("version 9") == true)
            #expect(warnings.first?.peer?.contains("127.0.0.1") == true)
        }
    }

    @Test("A dialler that finds another version, or another protocol, says so once")
    func foreignListener() async throws {
        for answer in [[UInt8]("SKIFFP".utf8) + [9, 0], [UInt8]("HTTP/1.1 400 Bad Request\r\n\r\n".utf8)] {
            try await withLoops { group in
                let node = try await TestNode.start("a", on: group)
                let listener = try await RawPeer.listen(on: group.next())
                try await node.setMembers([Member(id: "b", role: .voter, raftAddress: "127.0.0.1:\(listener.port)")])
                let peer = try await listener.accepted.get()

                try await peer.send(answer)
                try await peer.waitForEnd()

                let warnings = try await node.warnings()
                #expect(warnings.count == 1)
                #expect(warnings.first?.peer == "b")
                #expect(warnings.first?.address == "127.0.0.1:\(listener.port)")
            }
        }
    }

    @Test(
        "A peer that announces an address to which nobody can connect is refused, and its text is escaped once",
        arguments: [
            ("nöde:1111", ":2221"), ("0.0.0.0:1111", ":2221"), ("[0:0::0]:1", ":2221"), ("0:1", ":2221"),
            (":1111", "not an address\r\nX: y"), (":1111", "0.0.0.0:2221"), (":1111", "http://a:1"), (":0", ":2221"),
        ])
    func announced(raft: String, http: String) async throws {
        try await withLoops { group in
            let node = try await TestNode.start("b", on: group)
            let peer = try await RawPeer.connect(to: node.port(), on: group.next())

            try await peer.send(RawPeer.hello(from: "a", raftAddress: raft, httpAddress: http))

            let goodbye = try #require(try await peer.goodbye())
            #expect(goodbye.reason == .malformed)
            let text = (http == ":2221" ? raft : http).escapedForLog
            #expect(goodbye.message.contains("address \"\(text)\": "), "\(goodbye.message)")
            #expect(goodbye.message.sentenceForLog == goodbye.message)
            #expect(try await node.warnings().first?.reason == goodbye.message)
        }
    }

    @Test("A peer with other election settings is linked, and one warning names both values")
    func otherSettings() async throws {
        try await withLoops { group in
            let node = try await TestNode.start("b", on: group)
            var settings = ElectionSettings()
            settings.timeoutNanoseconds = 3_000_000_000
            settings.checkQuorum = false
            let peer = try await RawPeer.connect(to: node.port(), on: group.next())

            try await peer.send(RawPeer.hello(from: "a", settings: settings))
            try await node.wait(for: .linkOpened("a"))

            let warnings = try await node.warnings()
            #expect(warnings.count == 1)
            #expect(warnings.first?.reason.contains("RAFT_ELECTION_TIMEOUT is 3s there and 500ms here") == true)
            #expect(warnings.first?.reason.contains("RAFT_CHECK_QUORUM is false there and true here") == true)
        }
    }

    @Test("A node that is not the one expected is refused by either side")
    func wrongNode() async throws {
        try await withLoops { group in
            let first = try await TestNode.start("a", on: group)
            let second = try await TestNode.start("b", on: group)
            let port = try await second.port()

            try await first.setMembers([Member(id: "c", role: .voter, raftAddress: "127.0.0.1:\(port)")])
            try await first.wait(for: .introduced, count: 3)

            #expect(try await first.warnings().count == 1)
            #expect(try await second.warnings().count == 1)
            #expect(try await second.heard().contains(.linkOpened("a")) == false)

            let listener = try await RawPeer.listen(on: group.next())
            try await first.setMembers([Member(id: "d", role: .voter, raftAddress: "127.0.0.1:\(listener.port)")])
            let peer = try await listener.accepted.get()
            try await peer.send(RawPeer.hello(from: "e", as: .welcome))
            #expect(try await peer.goodbye()?.reason == .wrongNode)
        }
    }

    @Test("A node with this node's own id is refused")
    func sameNodeID() async throws {
        try await withLoops { group in
            let node = try await TestNode.start("a", on: group)
            let peer = try await RawPeer.connect(to: node.port(), on: group.next())

            try await peer.send(RawPeer.hello(from: "a", startID: 2))

            #expect(try await peer.goodbye()?.reason == .sameNodeID)
            #expect(try await node.warnings().count == 1)
        }
    }

    /// The ways in which a frame on a link can be wrong.
    enum Damage: CaseIterable {
        case checksum, length, kind, body, sequence, place, entries, meaning

        var bytes: [UInt8] {
            var frame = RawPeer.message(3, sequence: 2)
            switch self {
            case .checksum: frame[frame.count - 1] ^= 1
            case .length: frame.replaceSubrange(8..<12, with: [0xFF, 0xFF, 0xFF, 0x7F])
            case .kind:
                return Self.write { buffer in Frame.write(.ping, sequence: 2, to: &buffer) { _ in } }.mapKind(99)
            case .body: return Self.write { Frame.write(.timeoutNow, sequence: 2, to: &$0) { $0.writeBytes([1, 2]) } }
            case .sequence: return RawPeer.message(3, sequence: 7)
            case .place: return Array(RawPeer.hello(from: "a").dropFirst(Preamble.bytes)).mapSequence()
            case .entries: return Self.damagedEntries
            case .meaning: return Self.noCommands
            }
            return frame
        }

        /// Reads well, and is refused by the gate.
        private static var noCommands: [UInt8] {
            let commands = ByteBuffer(repeating: 9, count: 64)
            return CodecTests.encode(.forwardedWrites(id: 1, commandCount: 1, commands: commands), sequence: 2)
        }

        private static var damagedEntries: [UInt8] {
            guard let message = SampleMessages.message(of: .appendEntriesRequest) else { return [] }
            var bytes = CodecTests.encode(message, sequence: 2)
            bytes[bytes.count - 1] ^= 1
            return bytes
        }

        private static func write(_ body: (inout ByteBuffer) -> Void) -> [UInt8] {
            var buffer = ByteBuffer()
            body(&buffer)
            return Array(buffer.readableBytesView)
        }
    }

    @Test(
        "A frame that cannot be closes its link with one line; what came before it is delivered",
        arguments: Damage.allCases)
    func damage(damage: Damage) async throws {
        try await withLoops { group in
            let node = try await TestNode.start("b", on: group)
            let peer = try await RawPeer.connect(to: node.port(), on: group.next())
            let port = peer.channel.localAddress?.port ?? 0

            try await peer.send(
                RawPeer.hello(from: "a") + RawPeer.message(1, sequence: 1) + damage.bytes
                    + RawPeer.message(4, sequence: 3))
            try await node.wait(for: .unreachable("a"))

            #expect(try await peer.goodbye()?.reason == .malformed)
            let heard = try await node.heard().filter { $0 != .introduced }
            #expect(heard == [.linkOpened("a"), .message(1, from: "a"), .readEnded, .unreachable("a")])
            let warnings = try await node.warnings()
            #expect(warnings.count == 1)
            #expect(warnings.first?.peer == "a")
            #expect(warnings.first?.address == "127.0.0.1:\(port)")
            #expect(warnings.first?.reason.isEmpty == false)
        }
    }

    @Test("A message that may come from another release is dropped, and its link stays")
    func droppedMessage() async throws {
        try await withLoops { group in
            let node = try await TestNode.start("b", on: group)
            let peer = try await RawPeer.connect(to: node.port(), on: group.next())
            let voters = [Member(id: "a", role: .voter)]
            let announcement = InstallSnapshotRequest(
                lastIncluded: LogID(index: LogIndex(9), term: Term(1)),
                configuration: Configuration(members: voters, featureLevel: FeatureLevel.release + 1))
            let snapshot = PeerMessage.raft(
                Message(from: "a", to: "b", term: Term(1), body: .installSnapshotRequest(announcement)), entries: [])

            try await peer.send(
                RawPeer.hello(from: "a") + CodecTests.encode(snapshot, sequence: 1) + RawPeer.message(2, sequence: 2))
            try await node.wait(for: .message(2, from: "a"))

            let heard = try await node.heard()
            #expect(!heard.contains(.otherMessage(from: "a")) && !heard.contains(.unreachable("a")))
            #expect(try await node.warnings().isEmpty)
        }
    }

    @Test(
        "A peer that says hello and resets its connection at once does no harm, whatever else it has sent",
        arguments: [Hello.Purpose.link, .control])
    func reset(purpose: Hello.Purpose) async throws {
        try await withLoops { group in
            let node = try await TestNode.start("b", on: group)
            let hello = RawPeer.hello(from: "a", purpose: purpose)
            let more = CodecTests.encode(
                .controlRequest(id: 1, payload: ByteBuffer(repeating: 1, count: 200_000)), sequence: 1)

            for bytes in [hello, hello + RawPeer.message(1, sequence: 1), hello + more] {
                let peer = try await RawPeer.connect(to: node.port(), on: group.next())
                try await node.waitUntil { transport, _ in transport.connections.count == 1 }
                try await peer.sendAndReset(bytes)
                try await node.waitUntil { transport, _ in transport.connections.isEmpty }
            }

            // A reset discards only what has not been read, so the message may have been heard; on a link, and once.
            let messages = try await node.heard().filter { $0 == .message(1, from: "a") }
            #expect(messages.count <= (purpose == .link ? 1 : 0))
            let peer = try await RawPeer.connect(to: node.port(), on: group.next())
            try await peer.send(RawPeer.hello(from: "a") + RawPeer.message(2, sequence: 1))
            try await node.wait(for: .message(2, from: "a"))
        }
    }

    @Test("No link suffers from what another link carries")
    func isolation() async throws {
        try await withLoops { group in
            let (first, second) = try await LinkTests.linkedPair(group)
            let peer = try await RawPeer.connect(to: second.port(), on: group.next())
            try await peer.send(RawPeer.hello(from: "evil") + Damage.checksum.bytes)
            try await second.wait(for: .unreachable("evil"))

            try await first.send(1...1, to: "b")
            try await second.wait(for: .message(1, from: "a"))
        }
    }

    @Test("Names of peers are escaped in the log")
    func escaping() async throws {
        try await withLoops { group in
            let node = try await TestNode.start("b", on: group)
            let peer = try await RawPeer.connect(to: node.port(), on: group.next())

            try await peer.send(RawPeer.hello(from: "a\nlevel=error", clusterID: ClusterID(high: 0, low: 0)))
            try await peer.waitForEnd()

            let warning = try #require(try await node.warnings().first)
            #expect(warning.peer == "a\\u{a}level=error")
            #expect(warning.metadata.values.allSatisfy { !$0.contains("\n") })
        }
    }
}

extension [UInt8] {
    /// The same frame under another kind, checksum renewed.
    fileprivate func mapKind(_ kind: UInt8) -> [UInt8] {
        var bytes = self
        bytes[12] = kind
        return bytes.rechecked()
    }

    /// The same frame as the third of its connection, checksum renewed.
    fileprivate func mapSequence() -> [UInt8] {
        var bytes = self
        bytes[16] = 2
        return bytes.rechecked()
    }

    private func rechecked() -> [UInt8] {
        var bytes = self
        let checksum = bytes.withUnsafeBytes { XXH64.hash(UnsafeRawBufferPointer(rebasing: $0[8...])) }
        Swift.withUnsafeBytes(of: checksum.littleEndian) { bytes.replaceSubrange(0..<8, with: Array($0)) }
        return bytes
    }
}
