import ClusterControl
import HotPath
import NIOCore
import NIOPosix
import RaftCore
import Testing

@testable import PeerTransport

@Suite("Introductions and adoptions", .timeLimit(.minutes(10)))
struct ControlTests {
    private static let joiningCluster = ClusterID(high: 8, low: 9)

    @Test("A node of another cluster introduces itself")
    func introduce() async throws {
        try await withLoops { group in
            let leader = try await TestNode.start("a", on: group)
            let joiner = try await TestNode.start("b", on: group, startID: 77, clusterID: Self.joiningCluster)
            let (leaderPort, joinerPort) = (try await leader.port(), try await joiner.port())
            try await joiner.run { _, recorder in
                recorder.own.memberCount = 12
                recorder.own.featureLevel = 7
                recorder.own.httpAddress = ":2222"
            }

            let introduction = try await leader.future { transport, _ in
                transport.introduce(to: "127.0.0.1:\(joinerPort)", timeoutMilliseconds: 600_000)
            }

            let expected = PeerIntroduction(
                nodeID: "b", startID: 77, clusterID: Self.joiningCluster, memberSince: .zero, protocolVersion: 3,
                softwareVersion: "1.0", memberCount: 12, featureLevel: 7, electionSettings: ElectionSettings(),
                raftAddress: "127.0.0.1:\(joinerPort)", isRaftAddressSet: false, httpAddress: "127.0.0.1:2222",
                addressSeen: "127.0.0.1:\(leaderPort)")
            #expect(introduction == expected)
            #expect(try await leader.warnings().isEmpty)
            #expect(try await joiner.warnings().isEmpty)
        }
    }

    @Test("An announced address wins over the one that is seen")
    func announcedAddress() async throws {
        try await withLoops { group in
            let leader = try await TestNode.start("a", on: group)
            let joiner = try await TestNode.start("b", on: group)
            let port = try await joiner.port()
            try await joiner.run { _, recorder in
                recorder.own.raftAddress = "node2.example:1112"
                recorder.own.isRaftAddressSet = true
            }

            let introduction = try await leader.future { transport, _ in
                transport.introduce(to: "127.0.0.1:\(port)", timeoutMilliseconds: 600_000)
            }

            #expect(introduction.raftAddress == "node2.example:1112")
            #expect(introduction.isRaftAddressSet)
        }
    }

    @Test("An adopted node takes the cluster id and can then be linked")
    func adopt() async throws {
        try await withLoops { group in
            let leader = try await TestNode.start("a", on: group)
            let joiner = try await TestNode.start("b", on: group, startID: 77, clusterID: Self.joiningCluster)
            let member = try await joiner.member()
            let request = Self.request(leaderAddress: try await leader.member().raftAddress)
            let joinerTransport = try await joiner.run { transport, _ in
                NIOLoopBound(transport, eventLoop: transport.loop)
            }
            try await joiner.run { _, recorder in
                recorder.onAdoption = { [unowned recorder] asked, answer in
                    #expect(asked == request)
                    recorder.own.clusterID = asked.clusterID
                    joinerTransport.value.clusterIDChanged()
                    answer(.accepted(InstanceID(high: 1, low: 2)))
                }
            }

            let answer = try await leader.future { transport, _ in
                transport.adopt(at: member.raftAddress, request: request, timeoutMilliseconds: 600_000)
            }
            try await leader.setMembers([leader.member(), member])

            #expect(answer == .accepted(InstanceID(high: 1, low: 2)))
            try await leader.wait(for: .linkOpened("b"))
            try await joiner.wait(for: .linkOpened("a"))
        }
    }

    @Test("A refused adoption says why")
    func refusedAdoption() async throws {
        try await withLoops { group in
            let leader = try await TestNode.start("a", on: group)
            let joiner = try await TestNode.start("b", on: group, clusterID: Self.joiningCluster)
            let address = try await joiner.member().raftAddress
            let refusal = AdoptionAnswer.refused(.holdsUserData, message: "b already holds 12 keys")
            try await joiner.run { _, recorder in recorder.onAdoption = { _, answer in answer(refusal) } }

            let answer = try await leader.future { transport, _ in
                transport.adopt(at: address, request: Self.request(), timeoutMilliseconds: 600_000)
            }

            #expect(answer == refusal)
        }
    }

    @Test("An adoption that takes longer than its caller waits is answered into the void")
    func lateAnswer() async throws {
        try await withLoops { group in
            let leader = try await TestNode.start("a", on: group)
            let joiner = try await TestNode.start("b", on: group, clusterID: Self.joiningCluster)
            let address = try await joiner.member().raftAddress
            let answers = NIOLoopBoundBox<[(AdoptionAnswer) -> Void]>.makeBoxSendingValue([], eventLoop: joiner.loop)
            try await joiner.run { _, recorder in
                recorder.onAdoption = { _, answer in answers.value.append(answer) }
            }

            let adopt = { @Sendable (milliseconds: Int) async -> TransportError? in
                await #expect(throws: TransportError.self) {
                    try await leader.future { transport, _ in
                        transport.adopt(at: address, request: Self.request(), timeoutMilliseconds: milliseconds)
                    }
                }
            }
            // Long enough for the request to be sent, however long that takes here.
            var milliseconds = 50
            var error = await adopt(milliseconds)
            while error?.mayHaveTakenEffect == false, milliseconds < 15_000 {
                milliseconds *= 4
                error = await adopt(milliseconds)
            }
            try await joiner.wait(for: .adoptionRequested)
            try await joiner.waitUntil { transport, _ in transport.connections.isEmpty }
            try await joiner.run { _, _ in answers.value.forEach { $0(.accepted(InstanceID(high: 1, low: 2))) } }

            #expect(error?.code == .timeout)
            #expect(error?.mayHaveTakenEffect == true)
            #expect(try await joiner.warnings().isEmpty)
        }
    }

    @Test("A node that cannot be reached, one that does not answer and one that speaks otherwise are distinguished")
    func failures() async throws {
        try await withLoops { group in
            let node = try await TestNode.start("a", on: group)
            let silent = try await RawPeer.listen(on: group.next())
            let foreign = try await RawPeer.listen(on: group.next())
            let introduce = { @Sendable (address: String, milliseconds: Int) async -> TransportError.Code? in
                let error = await #expect(throws: TransportError.self) {
                    try await node.future { transport, _ in
                        transport.introduce(to: address, timeoutMilliseconds: milliseconds)
                    }
                }
                return error?.code
            }

            #expect(await introduce("127.0.0.1:1", 600_000) == .unreachable)
            #expect(await introduce("nonsense", 600_000) == .invalidAddress)
            #expect(await introduce("127.0.0.1:\(silent.port)", 20) == .timeout)
            async let answered = introduce("127.0.0.1:\(foreign.port)", 600_000)
            try await foreign.accepted.get().send([UInt8]("+PONG\r\n+PONG\r\n".utf8))
            #expect(await answered == .noPeer)
            try await node.shutdown()
            #expect(await introduce("127.0.0.1:1", 600_000) == .shutDown)
        }
    }

    @Test("An adoption whose connection breaks after it was asked for may have taken effect; one never sent has not")
    func lostAnswer() async throws {
        try await withLoops { group in
            let leader = try await TestNode.start("a", on: group)
            let joiner = try await RawPeer.listen(on: group.next())
            let adopt = { @Sendable (address: String) async -> TransportError? in
                await #expect(throws: TransportError.self) {
                    try await leader.future { transport, _ in
                        transport.adopt(at: address, request: Self.request(), timeoutMilliseconds: 600_000)
                    }
                }
            }

            async let lost = adopt("127.0.0.1:\(joiner.port)")
            let peer = try await joiner.accepted.get()
            try await peer.send(RawPeer.hello(from: "b", startID: 77, as: .welcome, purpose: .control))
            let hello = try await leader.run { transport, _ in
                transport.connections.first.map { Self.bytes(of: transport.hello(on: $0)) } ?? 0
            }
            try await peer.wait(for: hello + 1)
            try await peer.close()

            #expect(await lost?.code == .unreachable)
            #expect(await lost?.mayHaveTakenEffect == true)
            #expect(await adopt("127.0.0.1:1")?.mayHaveTakenEffect == false)
        }
    }

    @Test("Stopping answers who still waits")
    func shutdown() async throws {
        try await withLoops { group in
            let node = try await TestNode.start("a", on: group)
            let silent = try await RawPeer.listen(on: group.next())
            let future = try await node.run { transport, _ in
                transport.introduce(to: "127.0.0.1:\(silent.port)", timeoutMilliseconds: 600_000)
            }
            _ = try await silent.accepted.get()

            try await node.shutdown()

            let error = await #expect(throws: TransportError.self) { try await future.get() }
            #expect(error?.code == .shutDown)
        }
    }

    @Test("A name that leads nowhere is named, with the node that looked it up; a closed port is another case")
    func unknownName() async throws {
        try await withLoops { group in
            let leader = try await TestNode.start("a", on: group)
            func failure(_ address: String) async throws -> TransportError {
                try #require(
                    await #expect(throws: TransportError.self) {
                        try await leader.future { transport, _ in
                            transport.introduce(to: address, timeoutMilliseconds: 600_000)
                        }
                    })
            }

            let name = try await failure("no-such-host.invalid:1111")
            #expect(name.code == .unreachable)
            #expect(name.message.contains("no-such-host.invalid:1111: the name no-such-host.invalid cannot be looked"))
            #expect(name.message.contains("see that the machine of a can look it up"))
            #expect(!name.message.contains("Error"))

            for host in ["localhost", "127.0.0.1"] {
                let refused = try await failure("\(host):1")
                #expect(refused.message.hasSuffix(":1: Connection refused; check the address and that it runs"))
            }
        }
    }

    @Test("A message on a control connection closes it")
    func messageOnControl() async throws {
        try await withLoops { group in
            let node = try await TestNode.start("b", on: group)
            let peer = try await RawPeer.connect(to: node.port(), on: group.next())

            try await peer.send(RawPeer.hello(from: "a", purpose: .control) + RawPeer.message(1, sequence: 1))

            #expect(try await peer.goodbye()?.reason == .malformed)
            #expect(try await node.heard().contains(.message(1, from: "a")) == false)
        }
    }

    @Test("More calls at the same time than there may be fail at once, and later ones find room again")
    func tooManyCalls() async throws {
        try await withLoops { group in
            let leader = try await TestNode.start("a", on: group)
            let other = try await TestNode.start("b", on: group)
            let silent = try await RawPeer.listen(on: group.next())
            let address = "127.0.0.1:\(silent.port)"
            let pending = try await leader.run { transport, _ in
                (0..<TransportLimits.controlCallsMax).map { _ in
                    transport.introduce(to: address, timeoutMilliseconds: 600_000)
                }
            }

            let error = await #expect(throws: TransportError.self) {
                try await leader.future { transport, _ in
                    transport.introduce(to: address, timeoutMilliseconds: 600_000)
                }
            }
            #expect(error?.code == .unreachable)
            #expect(error?.message.contains("try again") == true)

            try await leader.run { transport, _ in
                for connection in transport.connections { connection.end(.lost("by the test")) }
                for call in transport.controlCalls { call.fail(PeerTransport.shutDownError) }
            }
            for call in pending { await #expect(throws: TransportError.self) { try await call.get() } }
            let port = try await other.port()
            let introduction = try await leader.future { transport, _ in
                transport.introduce(to: "127.0.0.1:\(port)", timeoutMilliseconds: 600_000)
            }
            #expect(introduction.nodeID == "b")
        }
    }

    /// Of the preamble and the hello.
    private static func bytes(of hello: Hello) -> Int {
        var buffer = ByteBuffer()
        hello.encode(as: .hello, into: &buffer, sequence: 0)
        return Preamble.bytes + buffer.readableBytes
    }

    private static func request(leaderAddress: String = "127.0.0.1:1111") -> AdoptionRequest {
        AdoptionRequest(
            nodeID: "b", startID: 77, clusterID: TestNode.clusterID, leaderID: "a",
            leaderAddress: leaderAddress)
    }
}
