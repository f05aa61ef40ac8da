import Foundation
import Testing

extension RealProcesses {
    @Suite("Names and addresses of members", .serialized)
    struct NameTests {
        // MARK: Names

        @Test("Removing a name twice removes one node, also if the name was another's alias before")
        func repeatedRemoval() throws {
            try TestCluster.with(3, joined: 1) { cluster in
                let (leader, f, g) = (cluster[0], cluster[1], cluster[2])
                #expect(try leader.join(f, as: g.id).status == 200)

                let joined = try leader.join(g)
                #expect(joined.status == 200, "an id beats an alias: \(joined.testDescription)")
                #expect(try leader.remove(g.id).status == 200)
                let again = try leader.remove(g.id)

                #expect(again.status == 200, "\(again.testDescription)")
                #expect(again.header("X-Skiff-Warning")?.contains("no member is called \(g.id)") == true)
                #expect(again.text.contains("node \(g.id) removed successfully"))
                #expect(try ids(at: leader) == [leader.id, f.id])
                try cluster.expectToWork("two", through: [leader, f])
            }
        }

        @Test("A member's address under a name that it does not have is refused, the leader's own included")
        func knownAddress() throws {
            try TestCluster.with(2) { cluster in
                for asked in cluster.nodes {
                    for member in cluster.nodes {
                        for host in ["127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]"] {
                            let address = "\(host):\(member.raftPort)"
                            let refused = try join("zz", address, through: asked)
                            #expect(refused.status == 422, "\(refused.testDescription)")
                            #expect(refused.text.contains(#""code":"node_id_conflict","applied":"no""#))
                            #expect(refused.error?.contains("the node at \(address) is \(member.id), a member") == true)
                        }
                        #expect(try join(member.id, member.raftAddress, through: asked).status == 200)
                    }
                }
                #expect(try ids(at: cluster[0]) == ["node1", "node2"])
            }
        }

        @Test("Of two joins that give two nodes one name at the same time, one is refused")
        func sameNameAtOnce() throws {
            try TestCluster.with(3, joined: 1) { cluster in
                let leader = cluster[0]
                let statuses = try onThreads(2) { number in
                    try leader.join(cluster[1 + number], as: "twin").status
                }

                #expect(statuses.sorted() == [200, 422])
                #expect(try leader.remove("twin").status == 200)
                #expect(try leader.remove("twin").status == 200, "a retry")
                #expect(try ids(at: leader) == [leader.id])
            }
        }

        // MARK: Addresses

        @Test("An address that nobody can connect to is refused by every node, and changes nothing")
        func unreachable() throws {
            try TestCluster.with(2) { cluster in
                let port = cluster[1].raftPort
                let raft = [
                    "0.0.0.0:\(port)", "[::]:\(port)", "[0:0:0:0:0:0:0:0]:\(port)", "0:\(port)", "0.0:\(port)",
                    "127.0.0.1:0", "http://127.0.0.1:\(port)", "127.0.0.1:\(port)/", " 127.0.0.1:\(port)",
                    #"127.0.0.1:\#(port)\r\nX: y"#, "n\u{F6}de:\(port)",
                ]
                for asked in cluster.nodes {
                    for address in raft {
                        let refused = try join("node2", address, through: asked)
                        #expect(refused.status == 422, "\(refused.testDescription)")
                        #expect(refused.error?.hasPrefix("raft_address ") == true, "\(refused.testDescription)")
                    }
                    for address in [#"not an address\r\nX: y"#, "0.0.0.0:1", "https://a:1", "a:1/x"] {
                        let raft = #""raft_address":"\#(cluster[1].raftAddress)""#
                        let refused = try asked.post(
                            "/raft/join", json: #"{"node_id":"node2",\#(raft),"http_address":"\#(address)"}"#)
                        #expect(refused.status == 422, "\(refused.testDescription)")
                        #expect(refused.error?.hasPrefix("http_address ") == true, "\(refused.testDescription)")
                    }
                }
                #expect(try cluster[0].stats().configuration.contains("ID:node2 Address:\(cluster[1].raftAddress)}"))
            }
        }

        @Test("A join of a dead address or of an HTTP port says just that, without a hint to try again")
        func wrongPort() throws {
            try TestCluster.with(2, joined: 1) { cluster in
                let dead = try join("x", "127.0.0.1:\(try FreePorts.take())", through: cluster[0])
                #expect(dead.error?.contains("cannot reach a node at 127.0.0.1:") == true, "\(dead.testDescription)")
                #expect(dead.text.contains(#""code":"unreachable","applied":"no""#), "\(dead.testDescription)")
                #expect(!dead.text.contains("raft\":\"\"") && !dead.text.contains("retry_after_ms"))
                #expect(dead.header("Retry-After") == nil)

                let http = try join("x", "127.0.0.1:\(cluster[1].httpPort)", through: cluster[0])
                #expect(http.error?.contains("answers, but not as a Raft port") == true, "\(http.testDescription)")
                #expect(!http.text.contains("cluster_mismatch"))
            }
        }

        @Test("A concrete RAFT_HOST is the address that a node announces, and the nodes find each other there")
        func concreteHost() throws {
            let directory = try TemporaryDirectory()
            defer { directory.remove() }
            let nodes = try (1...3).map { number in
                try ClusterNode(id: "h\(number)", in: directory, settings: ["RAFT_HOST": "127.0.0.\(number + 1)"])
            }
            defer { for node in nodes { node.kill() } }
            func address(_ number: Int) -> String { "127.0.0.\(number + 2):\(nodes[number].raftPort)" }
            for node in nodes { try node.start() }
            for node in nodes { try node.waitUntilReady() }

            for number in 1...2 {
                #expect(try join("h\(number + 1)", address(number), through: nodes[0]).status == 200)
            }

            for node in nodes {
                try waitUntil("\(node.id) knows all") { try ids(at: node).count == 3 }
                let configuration = try node.stats().configuration
                for number in 0..<3 {
                    #expect(configuration.contains("Address:\(address(number))}"), "\(configuration)")
                }
            }
            nodes[0].kill()
            #expect(try nodes[1].put("after", "the leader").status == 200)
        }

        @Test(
            "A member that starts with another RAFT_ADVERTISE is known there soon; one that nobody reaches is a warning"
        )
        func otherAddress() throws {
            try TestCluster.with { cluster in
                for moved in [cluster.others(than: try cluster.leader())[0], try cluster.leader()] {
                    let elsewhere = "127.0.0.9:\(moved.raftPort)"
                    moved.kill()
                    try moved.start(changes: ["RAFT_ADVERTISE": elsewhere])
                    try moved.waitUntilReady()
                    try waitUntil("\(moved.id) is known at \(elsewhere)") {
                        try cluster.nodes.allSatisfy {
                            try $0.stats().configuration.contains("ID:\(moved.id) Address:\(elsewhere)}")
                        }
                    }
                    moved.kill()
                    let mark = moved.log.mark()
                    try moved.start(changes: ["RAFT_ADVERTISE": "127.0.0.1:\(try FreePorts.take())"])
                    try waitUntil("\(moved.id) warns") {
                        moved.log.complaints(since: mark).contains {
                            $0.contains("the members know it at \(elsewhere)") && $0.contains("RAFT_ADVERTISE")
                        }
                    }
                    try moved.waitUntilReady()
                }
                try cluster.expectToWork("moved")
            }
        }

        @Test(
            "A member that starts on another port is known there soon: a follower, a leader, and one that leads alone")
        func otherPort() throws {
            try TestCluster.with { cluster in
                func move(_ node: ClusterNode, seenBy nodes: [ClusterNode]) throws {
                    let port = try FreePorts.take()
                    node.kill()
                    try node.start(changes: ["RAFT_PORT": "\(port)"])
                    try waitUntil("\(node.id) is known at port \(port)") {
                        try nodes.allSatisfy {
                            let configuration = try $0.stats().configuration
                            return configuration.contains("{Suffrage:Voter ID:\(node.id) Address:127.0.0.1:\(port)}")
                        }
                    }
                }
                for node in [cluster.others(than: try cluster.leader())[0], try cluster.leader()] {
                    try move(node, seenBy: cluster.nodes)
                }
                try cluster.expectToWork("moved")
                for other in cluster.nodes.dropFirst() {
                    #expect(try cluster[0].remove(other.id).status == 200)
                    other.kill()
                }
                try move(cluster[0], seenBy: [cluster[0]])
            }
        }

        @Test("Whoever links itself under the name of a member that is down does not take its place")
        func stranger() throws {
            try TestCluster.with { cluster in
                let leader = try cluster.leader()
                let others = cluster.others(than: leader)
                let before = try leader.stats().configuration
                let clusterID = try leader.stats()["cluster_id"]
                let high = try #require(UInt64(clusterID.prefix(16), radix: 16))
                let low = try #require(UInt64(clusterID.suffix(16), radix: 16))
                others[0].kill()
                let mark = leader.log.mark()
                var hello = PeerWire.Hello(nodeID: others[0].id, clusterID: (high, low))
                // Where another member answers.
                hello.raftAddress = ":\(others[1].raftPort)"
                let socket = try Socket(port: leader.raftPort)
                try socket.send(PeerWire.preamble() + PeerWire.frame(.hello, hello.body))

                try waitUntil("the leader has refused it") {
                    leader.log.complaints(since: mark).contains { $0.contains("this is another directory") }
                }

                #expect(try leader.stats().configuration == before)
                try others[0].start()
                try others[0].waitUntilReady()
                try cluster.expectToWork("without the stranger")
            }
        }

        // MARK: Settings

        @Test("A joiner with other election settings is refused, with both values; a member that has them is a warning")
        func otherSettings() throws {
            try TestCluster.with(2, joined: 1) { cluster in
                let (leader, joiner) = (cluster[0], cluster[1])
                joiner.kill()
                try joiner.start(changes: ["RAFT_ELECTION_TIMEOUT": "3s", "RAFT_HEARTBEAT_INTERVAL": "300ms"])
                try joiner.waitUntilReady()

                let refused = try leader.join(joiner)
                #expect(refused.status == 422, "\(refused.testDescription)")
                #expect(refused.text.contains(#""code":"cluster_mismatch","applied":"no""#))
                #expect(refused.error?.contains("RAFT_ELECTION_TIMEOUT is 3s there and 500ms here") == true)
                #expect(refused.error?.contains("RAFT_HEARTBEAT_INTERVAL is 300ms there and 100ms here") == true)

                joiner.kill()
                try joiner.start()
                try joiner.waitUntilReady()
                #expect(try leader.join(joiner).status == 200)
                joiner.kill()
                let mark = leader.log.mark()
                try joiner.start(changes: ["RAFT_PRE_VOTE": "false"])
                try joiner.waitUntilReady()
                try waitUntil("both warn") {
                    leader.log.complaints(since: mark).contains { $0.contains("RAFT_PRE_VOTE is false there") }
                        && joiner.log.complaints().contains { $0.contains("RAFT_PRE_VOTE is true there") }
                }
                let again = try cluster.leader().join(joiner)
                #expect(again.status == 200, "\(again.testDescription)")
            }
        }

        // MARK: Parts

        private func join(_ name: String, _ address: String, through node: ClusterNode) throws -> HTTPResponse {
            try node.post("/raft/join", json: #"{"node_id":"\#(name)","raft_address":"\#(address)"}"#)
        }

        private func ids(at node: ClusterNode) throws -> [String] {
            try node.stats().configuration.matches(of: #/ID:([^ ]+) /#).map { String($0.1) }
        }
    }
}
