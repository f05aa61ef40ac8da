import Foundation
import Testing

extension RealProcesses {
    @Suite("Joins and removals that do not end well", .serialized)
    struct JoinFaultTests {
        @Test("Without a majority a change of members ends in its time and says what is known of it")
        func noMajority() throws {
            try TestCluster.with(4, joined: 3, settings: ["RAFT_CHECK_QUORUM": "false"]) { cluster in
                let members = Array(cluster.nodes.prefix(3))
                let leader = try cluster.leader(among: members)
                let others = members.filter { $0 !== leader }
                for other in others { other.kill() }

                let joined = try leader.post(
                    "/raft/join",
                    json: #"{"node_id":"node4","raft_address":"\#(cluster[3].raftAddress)","timeout":"3s"}"#)
                #expect(joined.status == 422 && joined.text.contains(#""code":"timeout""#), "\(joined.testDescription)")
                #expect(joined.text.contains(#""applied":"no""#), "\(joined.testDescription)")
                #expect(joined.error?.contains("majority") == true)

                let removed = try leader.post(
                    "/raft/remove", json: #"{"node_id":"\#(others[0].id)","force":true,"timeout":"3s"}"#)
                #expect(removed.status == 422, "\(removed.testDescription)")
                #expect(removed.text.contains(#""applied":"unknown""#), "\(removed.testDescription)")
            }
        }

        @Test("A cluster that has lost a majority says that a change needs one, also with force")
        func lostMajority() throws {
            try TestCluster.with { cluster in
                let survivor = cluster[2]
                for other in cluster.others(than: survivor) { other.kill() }
                try waitUntil("nobody leads") { try survivor.stats()["leader_id"].isEmpty }

                let refused = try survivor.post(
                    "/raft/remove", json: #"{"node_id":"node1","force":true,"timeout":"300ms"}"#)

                #expect(refused.status == 422, "\(refused.testDescription)")
                #expect(refused.text.contains(#""code":"no_leader","applied":"no""#))
                #expect(refused.error?.contains("no recovery") == true, "\(refused.testDescription)")
                let join = try survivor.post(
                    "/raft/join", json: #"{"node_id":"x","raft_address":"127.0.0.1:1","timeout":"300ms"}"#)
                #expect(join.status == 422, "\(join.testDescription)")
                #expect(join.text.contains(#""code":"no_leader","applied":"no""#), "\(join.testDescription)")
            }
        }

        @Test("Of two joins of one node under two names at the same time, one works and the other has changed nothing")
        func twoNames() throws {
            try TestCluster.with(5, joined: 1) { cluster in
                for joiner in cluster.nodes.dropFirst() {
                    let connections = try ["one", "two"].map { name in
                        let connection = try cluster[0].connect()
                        let address = joiner.raftAddress
                        try connection.send(
                            HTTPRequest(
                                target: "/raft/join",
                                json: #"{"node_id":"\#(name)-\#(joiner.id)","raft_address":"\#(address)"}"#))
                        return connection
                    }
                    let answers = try connections.map { try $0.receive(answering: "POST") }

                    let refused = answers.filter { $0.status != 200 }
                    #expect(refused.count == 1, "\(answers.map(\.testDescription))")
                    for answer in refused {
                        #expect(answer.text.contains(#""applied":"no""#), "\(answer.testDescription)")
                    }
                }
            }
        }

        @Test("A joiner that hangs up when it is asked to come over may have done it")
        func vanishingJoiner() throws {
            try TestCluster.with(2) { cluster in
                let joiner = try VanishingJoiner(id: "ghost")
                for asked in cluster.nodes {
                    let answer = try asked.post(
                        "/raft/join", json: #"{"node_id":"ghost","raft_address":"127.0.0.1:\#(joiner.port)"}"#)

                    #expect(answer.status == 422, "\(answer.testDescription)")
                    #expect(
                        answer.text.contains(#""code":"unreachable","applied":"unknown""#), "\(answer.testDescription)")
                }
                try cluster.expectToWork("without")
            }
        }

        /// What a node answers to a stranger that asks it to become part of a cluster: the first byte of the answer.
        private static func adopt(
            _ node: ClusterNode, meaning name: String, into clusterID: (high: UInt64, low: UInt64), consent: String
        ) throws -> UInt8? {
            let socket = try Socket(port: node.raftPort)
            var received: [UInt8] = []
            func receive(_ count: Int) throws -> (kind: UInt8, body: [UInt8]) {
                while PeerWire.frames(in: received).count < count, case .bytes(let bytes) = socket.receive() {
                    received += bytes
                }
                return try #require(PeerWire.frames(in: received).last)
            }
            let hello = PeerWire.Hello(purpose: 2, nodeID: "stranger", clusterID: clusterID)
            try socket.send(PeerWire.preamble() + PeerWire.frame(.hello, hello.body))
            let welcome = try receive(1)
            #expect(welcome.kind == PeerWire.Kind.welcome.rawValue)
            var request = Array(welcome.body[PeerWire.Hello.startIDOffset...].prefix(8))
            request += PeerWire.littleEndian(clusterID.high) + PeerWire.littleEndian(clusterID.low)
            for text in [name, "stranger", "127.0.0.1:1", consent] { request += PeerWire.string(text) }

            try socket.send(PeerWire.frame(.adoptionRequest, request, sequence: 1))
            let answer = try receive(2)
            #expect(answer.kind == PeerWire.Kind.adoptionAnswer.rawValue)
            return answer.body.first
        }

        @Test("An adoption that means another node is refused, also for the cluster of the node that was asked")
        func otherNode() throws {
            try TestCluster.with(1) { cluster in
                let own = try cluster[0].stats()["cluster_id"]
                let clusterID = (
                    high: try #require(UInt64(own.prefix(16), radix: 16)),
                    low: try #require(UInt64(own.suffix(16), radix: 16))
                )

                #expect(try Self.adopt(cluster[0], meaning: "somebody else", into: clusterID, consent: "") == 1)
            }
        }

        @Test("A stranger makes no node drop its data or its fellow members, whatever consent it invents")
        func inventedConsent() throws {
            let invented = [
                "", "force", "true", "00000000000000000000000000000000", String(repeating: "a", count: 200),
            ]
            try TestCluster.with(3, joined: 2) { cluster in
                let members = Array(cluster.nodes.prefix(2))
                let alone = cluster[2]
                try waitUntil("it runs") { try alone.get("/livez").status == 200 }
                #expect(try alone.put("kept", "1").status == 200)
                _ = try cluster[1].giveConsent()

                for consent in invented {
                    for (node, refusal) in [(alone, UInt8(2)), (members[0], 3), (members[1], 3)] {
                        let answer = try Self.adopt(node, meaning: node.id, into: (1, 2), consent: consent)
                        #expect(answer == (consent.isEmpty ? refusal : 7), "\(node.id) with \"\(consent)\"")
                    }
                }
                #expect(try alone.read("kept").text == "1")
                try alone.waitUntilReady()
                try cluster.expectToWork("still", through: members)
            }
        }

        @Test("A node that waited to be joined had no history to drop; one of its own says that it drops it")
        func droppedHistory() throws {
            for bootstrap in ["none", "single"] {
                try TestCluster.with(1) { cluster in
                    let joiner = try ClusterNode(
                        id: "joiner", in: cluster.directory, settings: ["RAFT_BOOTSTRAP": bootstrap])
                    defer { joiner.kill() }
                    try joiner.start()
                    try waitUntil("the joiner answers") { try joiner.get("/livez").status == 200 }

                    #expect(try cluster[0].join(joiner).status == 200)

                    let line = try #require(joiner.log.lines().first { $0.contains("joins the cluster ") })
                    #expect(line.contains("the own history is dropped") == (bootstrap == "single"), "\(line)")
                }
            }
        }
    }
}
