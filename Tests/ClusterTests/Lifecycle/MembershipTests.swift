import Foundation
import Glibc
import Testing

extension RealProcesses {
    @Suite("Joining and leaving", .serialized)
    struct MembershipTests {
        // MARK: Join

        @Test("A join under a wrong name takes the real id, warns, and the wrong name works as an alias for removal")
        func alias() throws {
            try TestCluster.with(2, joined: 1) { cluster in
                let joined = try cluster[0].join(cluster[1], as: "number-two")

                #expect(joined.status == 200, "\(joined.testDescription)")
                let warning = joined.header("X-Skiff-Warning") ?? ""
                #expect(warning.contains("node2") && warning.contains("number-two"), "\(warning)")
                #expect(try cluster[0].stats().configuration.contains("ID:node2 "))
                #expect(try cluster[0].join(cluster[1]).header("X-Skiff-Warning") == nil)
                let removed = try cluster[0].remove("number-two")
                #expect(removed.status == 200, "\(removed.testDescription)")
                expectMembers([cluster[0]], at: cluster[0])
                #expect(try cluster[0].put("alone", "works").status == 200)
            }
        }

        @Test("A joiner that holds data is refused with an explanation; with consent its data is deleted")
        func joinerWithData() throws {
            try TestCluster.with(2, joined: 1) { cluster in
                let (leader, joiner) = (cluster[0], cluster[1])
                #expect(try leader.put("ours", "kept").status == 200)
                for number in 0..<3 { #expect(try joiner.put("theirs/\(number)", "lost").status == 200) }

                let refused = try leader.join(joiner)
                #expect(refused.status == 422, "\(refused.testDescription)")
                let text = try #require(refused.error)
                #expect(
                    text.wholeMatch(
                        of: /error add voter: node2 already holds [0-9]+ keys; to make it lose them, run skiffd .+/)
                        != nil,
                    "\(text)")
                #expect(try joiner.read("theirs/0").text == "lost", "a refused joiner keeps its data")
                #expect(try joiner.put("theirs/more", "works").status == 200, "and remains its own leader")
                expectMembers([leader], at: leader)

                let guessed = try leader.join(joiner, consent: String(repeating: "0", count: 32))
                #expect(guessed.status == 422, "nobody has given that consent: \(guessed.testDescription)")
                #expect(try joiner.read("theirs/0").text == "lost")

                let forced = try leader.join(joiner, consent: joiner.giveConsent())
                #expect(forced.status == 200, "\(forced.testDescription)")
                expectMembers([leader, joiner], at: leader)
                try joiner.waitUntilReady()
                #expect(try joiner.read("ours").text == "kept")
                #expect(try joiner.read("theirs/0").status == 404)
                try cluster.expectToWork("joined")
            }
        }

        @Test("A member that is joined again is answered with 200, and nothing changes")
        func alreadyMember() throws {
            try TestCluster.with(2) { cluster in
                for asked in cluster.nodes {
                    let again = try asked.join(cluster[1])
                    #expect(again.status == 200, "\(again.testDescription)")
                }
                expectMembers([cluster[0], cluster[1]], at: cluster[0])
                try cluster.expectToWork("still")
            }
        }

        @Test("A join through a follower works, and the joiner has every earlier write")
        func joinThroughFollower() throws {
            try TestCluster.with(3, joined: 2) { cluster in
                for number in 0..<200 { #expect(try cluster[0].put("early/\(number)", "\(number)").status == 200) }
                let members = Array(cluster.nodes.prefix(2))
                let leader = try cluster.leader(among: members)
                let follower = members.first { $0 !== leader } ?? members[1]

                let joined = try follower.join(cluster[2])

                #expect(joined.status == 200, "\(joined.testDescription)")
                #expect(joined.text.contains("node node3 at \(cluster[2].raftAddress) joined successfully"))
                expectMembers(cluster.nodes, at: cluster[0])
                try waitUntil("node3 has the last key") {
                    try cluster[2].read("early/199", query: "stale").text == "199"
                }
                let expected = (0..<200).map { (key: "early/\($0)", value: "\($0)") }
                #expect(try LinearizableReads.mismatches(of: expected, at: cluster[2]).prefix(3) == [])
                try cluster.expectToWork("three")
            }
        }

        @Test("A join of an address where nobody answers, or no Skiff, fails with a clear message and changes nothing")
        func unreachable() throws {
            try TestCluster.with(2, joined: 1) { cluster in
                let free = try FreePorts.take()
                let addresses = [
                    "127.0.0.1:\(free)", "127.0.0.1:\(cluster[1].httpPort)", "no-such-host.invalid:1111", "nonsense",
                    "127.0.0.1:0", "127.0.0.1:99999", "",
                ]
                for address in addresses {
                    let response = try cluster[0].post(
                        "/raft/join", json: #"{"node_id":"x","raft_address":"\#(address)","timeout":"10s"}"#)
                    #expect(response.status == 422, "\(address): \(response.testDescription)")
                    let named = address.isEmpty ? "raft_address" : address
                    #expect(response.error?.contains(named) == true, "\(response.testDescription)")
                    // How long a name server takes to know nothing is its own affair.
                    #expect(response.code != "timeout" || address.contains("host"), "\(response.testDescription)")
                }
                expectMembers([cluster[0]], at: cluster[0])
                #expect(try cluster[0].join(cluster[1]).status == 200, "the next join is not hindered")
            }
        }

        @Test(
            "A join of an address that takes the connection and says nothing ends with the timeout that was asked for")
        func silentJoiner() throws {
            try TestCluster.with(2, joined: 1) { cluster in
                let silent = try SilentListener()
                let request = #"{"node_id":"x","raft_address":"127.0.0.1:\#(silent.port)","timeout":"500ms"}"#

                let response = try cluster[0].post("/raft/join", json: request)

                #expect(response.status == 422, "\(response.testDescription)")
                #expect(response.error?.contains("127.0.0.1:\(silent.port)") == true, "\(response.testDescription)")
                #expect(try cluster[0].join(cluster[1]).status == 200, "the next join is not hindered")
                try cluster.expectToWork("joined")
            }
        }

        @Test("A node with the id of the leader or of another member is refused")
        func sameID() throws {
            try TestCluster.with(2) { cluster in
                for (number, taken) in cluster.nodes.enumerated() {
                    let folder = try TemporaryDirectory()
                    defer { folder.remove() }
                    let twin = try ClusterNode(id: taken.id, in: folder)
                    try twin.start()
                    try twin.waitUntilReady()

                    let refused = try cluster[number].join(twin)

                    #expect(refused.status == 422, "\(refused.testDescription)")
                    #expect(refused.error?.contains(taken.id) == true, "\(refused.testDescription)")
                    #expect(try twin.put("own", "works").status == 200, "the twin is left alone")
                    twin.kill()
                }
                let itself = try cluster[0].join(cluster[0])
                #expect(itself.status == 200 || itself.error?.contains("node1") == true, "\(itself.testDescription)")
                expectMembers(cluster.nodes, at: cluster[0])
                try cluster.expectToWork("after-twins")
            }
        }

        // MARK: Remove

        @Test("A removed follower does not disturb the rest: no new term, and writes still succeed")
        func removedFollower() throws {
            try TestCluster.withSteadyLeader("the removed follower disturbs the others") { cluster in
                let leader = try cluster.leader()
                let others = cluster.others(than: leader)
                let removed = try others[0].remove(others[1].id)
                #expect(removed.status == 200, "\(removed.testDescription)")
                let rest = [leader, others[0]]
                let term = try leader.stats().term
                try expectToKnowOfRemoval(others[1])

                // Longer than twice the longest election timeout.
                let answers = try (0..<25).map { number in
                    pause(.milliseconds(100))
                    return try rest[number % 2].put("rest/\(number)", "")
                }
                guard try leader.stats().term == term else { return false }
                for answer in answers { #expect(answer.status == 200, "\(answer.testDescription)") }
                others[1].kill()
                try others[1].start()
                try expectToKnowOfRemoval(others[1])

                guard try leader.stats().term == term else { return false }
                #expect(try cluster.leader(among: rest) === leader)
                expectMembers(rest.sorted { $0.id < $1.id }, at: leader)
                #expect(try others[1].get("/livez").status == 200)
                return true
            }
        }

        private func expectToKnowOfRemoval(_ node: ClusterNode) throws {
            try waitUntil("\(node.id) knows that it was removed") {
                let ready = try node.get("/readyz")
                return ready.status == 503 && ready.text.contains("[-]serving failed: removed")
            }
            let answers = [try node.put("refused", "x"), try node.read("refused"), try node.get("/store/refused")]
            for answer in answers {
                #expect(answer.status == 503, "\(answer.testDescription)")
                #expect(answer.text.contains("was removed from its cluster"), "\(answer.testDescription)")
            }
        }

        @Test("The leader can be removed through itself and through a follower; the others elect a new one")
        func removedLeader() throws {
            for throughFollower in [false, true] {
                let claim: Comment = "the removed leader, which still runs, disturbs the others"
                try TestCluster.withSteadyLeader(claim) { cluster in
                    let leader = try cluster.leader()
                    let others = cluster.others(than: leader)
                    #expect(try leader.put("before", "kept").status == 200)

                    let removed = try (throughFollower ? others[0] : leader).remove(leader.id)

                    #expect(removed.status == 200, "\(removed.testDescription)")
                    #expect(removed.text.contains("node \(leader.id) removed successfully"))
                    let next = try cluster.leader(among: others)
                    let term = try next.stats().term
                    expectMembers(others, at: next)
                    try cluster.expectToWork("after", through: others)
                    #expect(try others[1].read("before").text == "kept")
                    // Longer than the longest election timeout.
                    pause(.milliseconds(1_200))
                    let isSteady = try next.stats().term == term
                    #expect(try leader.get("/livez").status == 200)
                    leader.kill()
                    #expect(try others[0].put("without", "it").status == 200)
                    return isSteady
                }
            }
        }

        @Test("A removed node that was wiped can join again")
        func rejoin() throws {
            try TestCluster.with { cluster in
                let leader = try cluster.leader()
                let node = cluster.others(than: leader)[0]
                #expect(try leader.put("kept", "value").status == 200)
                #expect(try leader.remove(node.id).status == 200)
                node.kill()
                try FileManager.default.removeItem(atPath: node.directory)
                try node.start()
                try node.waitUntilReady()

                let joined = try leader.join(node)

                #expect(joined.status == 200, "\(joined.testDescription)")
                #expect(try node.read("kept").text == "value")
                try cluster.expectToWork("again")
            }
        }

        @Test("The last voter cannot be removed, and neither can one without whom no majority answers")
        func lastQuorum() throws {
            try TestCluster.with { cluster in
                let leader = try cluster.leader()
                let others = cluster.others(than: leader)
                let mark = leader.log.mark()
                others[0].kill()
                try waitUntil("\(leader.id) has noticed") {
                    leader.log.lines(since: mark).contains {
                        $0.contains("peer link was lost") && $0.contains("peer=\(others[0].id)")
                    }
                }

                let refused = try leader.remove(others[1].id)

                #expect(refused.status == 422, "\(refused.testDescription)")
                #expect(refused.error?.contains(others[1].id) == true, "\(refused.testDescription)")
                #expect(try leader.put("two", "of three").status == 200)
                #expect(try leader.remove(others[0].id).status == 200, "the dead one can go")
            }
            try TestCluster.with(1) { cluster in
                let refused = try cluster[0].remove("node1")
                #expect(refused.status == 422, "\(refused.testDescription)")
                #expect(try cluster[0].put("one", "works").status == 200)
            }
        }

        // MARK: Checks

        private func expectMembers(
            _ members: [ClusterNode], at node: ClusterNode, _ location: SourceLocation = #_sourceLocation
        ) {
            do {
                let configuration = try node.stats().configuration
                for member in members {
                    let text = "{Suffrage:Voter ID:\(member.id) Address:\(member.raftAddress)}"
                    #expect(
                        configuration.contains(text)
                            || members.count == 1 && configuration.contains("ID:\(member.id) "),
                        "\(configuration)", sourceLocation: location)
                }
                let count = configuration.split(separator: "Suffrage:").count - 1
                #expect(count == members.count, "\(configuration)", sourceLocation: location)
            } catch {
                Issue.record(error, sourceLocation: location)
            }
        }
    }
}
