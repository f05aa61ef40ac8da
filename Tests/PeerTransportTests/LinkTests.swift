import ClusterControl
import HotPath
import NIOCore
import NIOPosix
import RaftCore
import Testing

@testable import PeerTransport

@Suite("Links between nodes", .timeLimit(.minutes(10)))
struct LinkTests {
    @Test("The node with the lower id dials, and messages flow both ways in order")
    func linkAndOrder() async throws {
        try await withLoops { group in
            let first = try await TestNode.start("a", on: group)
            let second = try await TestNode.start("b", on: group)
            try await second.setMembers([first.member(), second.member()])
            try await first.setMembers([first.member(), second.member()])
            try await first.wait(for: .linkOpened("b"))
            try await second.wait(for: .linkOpened("a"))

            try await first.send(1...500, to: "b")
            try await second.send(1...500, to: "a")
            try await first.wait(for: .message(500, from: "b"))
            try await second.wait(for: .message(500, from: "a"))

            for (node, peer) in [(first, NodeID("b")), (second, NodeID("a"))] {
                let numbers = try await node.heard().filter { if case .message = $0 { true } else { false } }
                #expect(numbers == (1...500).map { Heard.message($0, from: peer) })
                #expect(try await node.run { transport, _ in transport.isLinked(to: peer) })
                #expect(try await node.warnings().isEmpty)
            }
            let dialled = try await first.run { transport, _ in transport.peer("b")?.link?.dial != nil }
            #expect(dialled)
        }
    }

    @Test("Three nodes on two loops link up although all dial at once, one link per pair")
    func everybodyDials() async throws {
        var settings = PeerTransportSettings.forTests
        settings.firstPassiveDialPause = .zero
        settings.passiveDialPause = .milliseconds(5)
        try await withLoops(2) { group in
            var nodes: [TestNode] = []
            for id: NodeID in ["a", "b", "c"] {
                nodes.append(try await TestNode.start(id, on: group, settings: settings))
            }
            var members: [Member] = []
            for node in nodes { members.append(try await node.member()) }
            for node in nodes { try await node.setMembers(members) }

            // Messages on a link that loses the tie are lost, so each node sends until it has been heard.
            for node in nodes {
                for peer in nodes where peer.id != node.id {
                    while try await peer.run({ _, recorder in recorder.count(of: .message(7, from: node.id)) == 0 }) {
                        try Task.checkCancellation()
                        try await node.send(7...7, to: peer.id)
                    }
                }
            }
            for node in nodes {
                try await node.waitUntil { transport, _ in
                    transport.connections.count == 2 && transport.connections.allSatisfy(\.isLinked)
                }
                #expect(try await node.warnings().isEmpty)
            }
        }
    }

    @Test("Entries of megabytes cross many reads and arrive whole, and reads end")
    func largeEntries() async throws {
        try await withLoops(2) { group in
            let (first, second) = try await Self.linkedPair(group)
            let value = [UInt8](repeating: 0x2A, count: 900_000)
            let payload = ByteBuffer(bytes: SampleMessages.command(key: [1], value: value))
            let entries = (1...8).map { index in
                Entry(id: SampleMessages.logID(index, 1), kind: .commands, commandCount: 1, payload: payload)
            }
            let request = AppendEntriesRequest(
                prevLogID: .zero, range: LogRange(LogIndex(1), LogIndex(9)), leaderCommit: .zero, readRound: 0,
                sequence: 1)

            try await first.run { transport, _ in
                let message = Message(from: "a", to: "b", term: Term(1), body: .appendEntriesRequest(request))
                transport.send(.raft(message, entries: entries), to: "b")
                transport.flush()
            }
            try await first.send(1...1, to: "b")
            try await second.wait(for: .message(1, from: "a"))
            try await second.wait(for: .readEnded)

            let arrived = try await second.run { _, recorder in
                guard case .raft(_, let entries)? = recorder.messages.first else { return [Entry]() }
                return entries
            }
            #expect(arrived == entries)
            #expect(try await second.heard().last == .readEnded)
        }
    }

    @Test("A message to a peer without a link is dropped")
    func noLink() async throws {
        try await withLoops { group in
            let node = try await TestNode.start("a", on: group)
            try await node.send(1...3, to: "nobody")
            #expect(try await node.run { transport, _ in transport.isLinked(to: "nobody") } == false)
        }
    }

    @Test("Each side learns the address at which the other is reached, without a setting for its own")
    func addresses() async throws {
        try await withLoops { group in
            let (first, second) = try await Self.linkedPair(group)
            let (firstPort, secondPort) = (try await first.port(), try await second.port())

            let bySecond = try #require(try await second.run { transport, _ in transport.introduction(of: "a") })
            let byFirst = try #require(try await first.run { transport, _ in transport.introduction(of: "b") })

            #expect(bySecond.raftAddress == "127.0.0.1:\(firstPort)")
            #expect(bySecond.addressSeen == "127.0.0.1:\(secondPort)")
            #expect(byFirst.raftAddress == "127.0.0.1:\(secondPort)")
            #expect(byFirst.addressSeen == "127.0.0.1:\(firstPort)")
        }
    }

    @Test("A peer that restarts is unreachable, then linked again under its new start id")
    func restart() async throws {
        try await withLoops { group in
            // An address of its own: the port may be another test's at once.
            let host = "127.0.0.83"
            let (first, second) = try await Self.linkedPair(group, secondHost: host)
            let port = try await second.port()

            try await second.shutdown()
            try await first.wait(for: .unreachable("b"))
            let again = try await TestNode.start("b", on: group, startID: 2, host: host, port: port)
            try await first.wait(for: .linkOpened("b"), count: 2)
            try await again.send(1...1, to: "a")
            // The new process knows no members yet and is linked all the same.
            try await first.wait(for: .message(1, from: "b"))

            let startID = try await first.run { transport, _ in transport.introduction(of: "b")?.startID }
            #expect(startID == 2)
        }
    }

    @Test("A new start of a node replaces the open link of the former, whose messages are not delivered any more")
    func replacement() async throws {
        try await withLoops { group in
            let node = try await TestNode.start("b", on: group)
            let former = try await RawPeer.connect(to: node.port(), on: group.next())
            try await former.send(RawPeer.hello(from: "a", startID: 1))
            try await node.wait(for: .linkOpened("a"))

            let latter = try await RawPeer.connect(to: node.port(), on: group.next())
            try await latter.send(RawPeer.hello(from: "a", startID: 2))
            try await node.wait(for: .linkOpened("a"), count: 2)
            try await latter.send(RawPeer.message(2, sequence: 1))
            try await node.wait(for: .message(2, from: "a"))

            #expect(try await former.goodbye()?.reason == .superseded)
            let heard = try await node.heard().filter { $0 != .introduced && $0 != .readEnded }
            #expect(heard == [.linkOpened("a"), .unreachable("a"), .linkOpened("a"), .message(2, from: "a")])
            #expect(try await node.warnings().isEmpty)
        }
    }

    @Test("Nothing after the end of a link is delivered, even if it came in the same read")
    func messagesAfterTheEnd() async throws {
        try await withLoops { group in
            let node = try await TestNode.start("b", on: group)
            try await node.setMembers([Member(id: "a", role: .voter)])
            let transport = try await node.run { transport, _ in NIOLoopBound(transport, eventLoop: transport.loop) }
            try await node.run { _, recorder in
                recorder.onHeard = { if $0 == .message(1, from: "a") { transport.value.membersChanged([]) } }
            }
            let peer = try await RawPeer.connect(to: node.port(), on: group.next())

            try await peer.send(
                RawPeer.hello(from: "a") + RawPeer.message(1, sequence: 1) + RawPeer.message(2, sequence: 2))

            #expect(try await peer.goodbye()?.reason == .notMember)
            let heard = try await node.heard().filter { $0 != .introduced }
            #expect(heard == [.linkOpened("a"), .message(1, from: "a"), .readEnded])
        }
    }

    @Test("Where both have dialled, the connection of the lower id stays")
    func tieBreak() async throws {
        var settings = PeerTransportSettings.forTests
        settings.firstPassiveDialPause = .zero
        try await withLoops { [settings] group in
            // "a" is lower than "b" and "z" higher; "b" dials both.
            let node = try await TestNode.start("b", on: group, settings: settings)
            let lower = try await RawPeer.listen(on: group.next())
            let higher = try await RawPeer.listen(on: group.next())
            try await node.setMembers([
                Member(id: "a", role: .voter, raftAddress: "127.0.0.1:\(lower.port)"),
                Member(id: "z", role: .voter, raftAddress: "127.0.0.1:\(higher.port)"),
            ])
            let toLower = try await lower.accepted.get()
            let toHigher = try await higher.accepted.get()
            try await toLower.send(RawPeer.hello(from: "a", as: .welcome))
            try await toHigher.send(RawPeer.hello(from: "z", as: .welcome))
            try await node.wait(for: .linkOpened("a"))
            try await node.wait(for: .linkOpened("z"))

            let fromLower = try await RawPeer.connect(to: node.port(), on: group.next())
            try await fromLower.send(RawPeer.hello(from: "a"))
            let fromHigher = try await RawPeer.connect(to: node.port(), on: group.next())
            try await fromHigher.send(RawPeer.hello(from: "z"))

            #expect(try await toLower.goodbye()?.reason == .duplicateLink)
            #expect(try await fromHigher.goodbye()?.reason == .duplicateLink)
            try await node.wait(for: .linkOpened("a"), count: 2)
            try await fromLower.send(RawPeer.message(1, sequence: 1))
            try await toHigher.send(RawPeer.message(2, sequence: 1))
            try await node.wait(for: .message(1, from: "a"))
            try await node.wait(for: .message(2, from: "z"))
            let heard = try await node.heard()
            #expect(!heard.contains(.unreachable("a")) && !heard.contains(.unreachable("z")))
            #expect(try await node.warnings().isEmpty)
        }
    }

    @Test("A link given up for one that is being dialled counts as lost only if that one fails")
    func owedLoss() async throws {
        try await withLoops { group in
            let node = try await TestNode.start("b", on: group)
            let listener = try await RawPeer.listen(on: group.next())
            let dialler = try await RawPeer.connect(to: node.port(), on: group.next())
            try await node.setMembers([Member(id: "c", role: .voter, raftAddress: "127.0.0.1:\(listener.port)")])
            let dialled = try await listener.accepted.get()
            try await dialled.wait(for: Preamble.bytes + 1)
            try await dialler.send(RawPeer.hello(from: "c"))
            try await node.wait(for: .linkOpened("c"))

            var goodbye = ByteBuffer()
            Goodbye(.duplicateLink, "").encode(into: &goodbye, sequence: 1)
            try await dialler.send(Array(goodbye.readableBytesView))
            try await dialler.waitForEnd()
            #expect(try await node.heard().contains(.unreachable("c")) == false)
            try await dialled.close()

            try await node.wait(for: .unreachable("c"))
        }
    }

    @Test("An idle link stays open")
    func pings() async throws {
        var settings = PeerTransportSettings.forTests
        settings.tick = .milliseconds(20)
        settings.handshakeTicksMax = .max
        try await withLoops { [settings] group in
            let (first, second) = try await Self.linkedPair(group, settings: settings)
            let sawTicks = { @Sendable (transport: PeerTransport, _: Recorder) in
                transport.connections.allSatisfy { $0.ticksLinked > settings.deadAfterTicks * 2 }
            }
            try await first.waitUntil(sawTicks)
            try await second.waitUntil(sawTicks)

            #expect(try await first.heard().contains(.unreachable("b")) == false)
            #expect(try await second.heard().contains(.unreachable("a")) == false)
        }
    }

    // MARK: Members

    @Test("A node that is no member is accepted, and so is what it says")
    func stranger() async throws {
        try await withLoops { group in
            let first = try await TestNode.start("a", on: group)
            let second = try await TestNode.start("b", on: group)
            try await first.setMembers([second.member()])

            try await second.wait(for: .linkOpened("a"))
            try await second.send(1...1, to: "a")
            try await first.send(2...2, to: "b")

            try await first.wait(for: .message(1, from: "b"))
            try await second.wait(for: .message(2, from: "a"))
            try await first.shutdown()
            try await second.wait(for: .unreachable("a"))
            #expect(try await second.run { transport, _ in transport.peers.isEmpty })
        }
    }

    @Test("A stranger that becomes a member keeps its link")
    func strangerBecomesMember() async throws {
        try await withLoops { group in
            let first = try await TestNode.start("a", on: group)
            let second = try await TestNode.start("b", on: group)
            try await first.setMembers([second.member()])
            try await second.wait(for: .linkOpened("a"))

            try await second.setMembers([first.member(), second.member()])
            try await first.send(1...1, to: "b")

            try await second.wait(for: .message(1, from: "a"))
            #expect(try await second.run { transport, _ in transport.connections.count } == 1)
        }
    }

    @Test("A link to a removed member closes without being called a loss")
    func removal() async throws {
        try await withLoops { group in
            let (first, second) = try await Self.linkedPair(group)

            try await first.setMembers([first.member()])
            try await second.wait(for: .unreachable("a"))

            #expect(try await first.run { transport, _ in transport.isLinked(to: "b") } == false)
            #expect(try await first.heard().contains(.unreachable("b")) == false)
            #expect(try await first.warnings().isEmpty)
        }
    }

    @Test("A member without an address is linked when it comes")
    func unknownAddress() async throws {
        try await withLoops { group in
            let first = try await TestNode.start("a", on: group)
            let second = try await TestNode.start("b", on: group)
            try await second.setMembers([Member(id: "a", role: .voter)])
            try await first.setMembers([second.member()])

            try await second.wait(for: .linkOpened("a"))
        }
    }

    @Test("A member under a new address is dialled there")
    func movedMember() async throws {
        try await withLoops { group in
            let first = try await TestNode.start("a", on: group)
            let second = try await TestNode.start("b", on: group)
            try await first.setMembers([Member(id: "b", role: .voter, raftAddress: "127.0.0.1:1")])
            try await first.wait(for: .unreachable("b"))

            try await first.setMembers([second.member()])

            try await first.wait(for: .linkOpened("b"))
        }
    }

    @Test("Names are resolved")
    func hostName() async throws {
        try await withLoops { group in
            let first = try await TestNode.start("a", on: group)
            let second = try await TestNode.start("b", on: group)
            let port = try await second.port()
            try await first.setMembers([Member(id: "b", role: .voter, raftAddress: "localhost:\(port)")])

            try await first.wait(for: .linkOpened("b"))
        }
    }

    @Test("Another cluster id closes all links and opens those that still fit")
    func clusterIDChanges() async throws {
        try await withLoops { group in
            let (first, second) = try await Self.linkedPair(group)
            let other = ClusterID(high: 8, low: 9)

            try await second.run { transport, recorder in
                recorder.own.clusterID = other
                transport.clusterIDChanged()
            }
            try await first.wait(for: .unreachable("b"))
            try await first.run { transport, recorder in
                recorder.own.clusterID = other
                transport.clusterIDChanged()
            }

            try await first.wait(for: .linkOpened("b"), count: 2)
            try await second.wait(for: .linkOpened("a"), count: 2)
            #expect(try await second.heard().contains(.unreachable("a")) == false)
        }
    }

    static func linkedPair(
        _ group: TestLoops, secondHost: String = "127.0.0.1", settings: PeerTransportSettings = .forTests
    ) async throws -> (TestNode, TestNode) {
        let first = try await TestNode.start("a", on: group, settings: settings)
        let second = try await TestNode.start("b", on: group, host: secondHost, settings: settings)
        try await second.setMembers([first.member(), second.member()])
        try await first.setMembers([first.member(), second.member()])
        try await first.wait(for: .linkOpened("b"))
        try await second.wait(for: .linkOpened("a"))
        return (first, second)
    }
}
