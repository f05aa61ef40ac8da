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
                    json: #"{"node_id":"node4","raft_address":"\#(cluster[3].raftAddress)","timeout":"700ms"}"#)
                #expect(joined.status == 422 && joined.text.contains(#""code":"timeout""#), "\(joined.testDescription)")
                #expect(joined.text.contains(#""applied":"no""#), "\(joined.testDescription)")
                #expect(joined.error?.contains("majority") == true)

                let removed = try leader.post(
                    "/raft/remove", json: #"{"node_id":"\#(others[0].id)","force":true,"timeout":"700ms"}"#)
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

        @Test("An adoption that means another node is refused, also for the cluster of the node that was asked")
        func otherNode() throws {
            try TestCluster.with(1) { cluster in
                let clusterID = try cluster[0].stats()["cluster_id"]
                let high = try #require(UInt64(clusterID.prefix(16), radix: 16))
                let low = try #require(UInt64(clusterID.suffix(16), radix: 16))
                let hello = PeerWire.Hello(purpose: 2, nodeID: "leader", clusterID: (high, low))
                var request: [UInt8] = []
                for number in [1, high, low] { request += PeerWire.littleEndian(number) }
                for text in ["somebody else", "leader", "127.0.0.1:1", ""] { request += PeerWire.string(text) }
                let socket = try Socket(port: cluster[0].raftPort)

                try socket.send(
                    PeerWire.preamble() + PeerWire.frame(.hello, hello.body)
                        + PeerWire.frame(.adoptionRequest, request, sequence: 1))
                var received: [UInt8] = []
                while PeerWire.frames(in: received).count < 2, case .bytes(let bytes) = socket.receive() {
                    received += bytes
                }

                let answer = try #require(PeerWire.frames(in: received).last)
                #expect(answer.kind == PeerWire.Kind.adoptionAnswer.rawValue)
                #expect(answer.body.first == 1)
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
