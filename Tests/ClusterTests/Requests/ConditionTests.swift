import Foundation
import Testing

extension RealProcesses {
    @Suite("Conditions, revisions and consistency", .serialized, .sharedCluster)
    struct ConditionTests {
        private let cluster: TestCluster

        init() throws { cluster = try #require(TestCluster.shared) }

        // MARK: Conditions

        @Test("cas=0 and If-None-Match: * create a key once; the second attempt says which revision is there")
        func create() throws {
            for (number, node) in cluster.nodes.enumerated() {
                let key = "create/\(number)"
                let first = try node.put(key, "first", query: "cas=0")
                #expect(first.status == 200, "\(first.testDescription)")
                let revision = try #require(first.revision)

                expectFailed(try node.put(key, "second", query: "cas=0"), currentRevision: revision)
                let star = [(name: "If-None-Match", value: "*")]
                expectFailed(
                    try node.perform(HTTPRequest("PUT", KeyTarget.v1(key), headers: star, body: [1])),
                    currentRevision: revision)
                #expect(try node.read(key).text == "first")
                let other = HTTPRequest("PUT", KeyTarget.v1(key + "/other"), headers: star, body: [1])
                #expect(try node.perform(other).status == 200)
            }
        }

        @Test("cas=REV and If-Match change exactly the revision that was read")
        func compareAndSet() throws {
            let node = cluster[1]
            let first = try #require(try node.put("cas", "1").revision)
            #expect(try node.read("cas").header("ETag") == "\"\(first)\"")

            let second = try #require(try node.put("cas", "2", query: "cas=\(first)").revision)
            expectFailed(try node.put("cas", "3", query: "cas=\(first)"), currentRevision: second)
            let match = [(name: "If-Match", value: "\"\(second)\"")]
            let third = try node.perform(HTTPRequest("PUT", KeyTarget.v1("cas"), headers: match, body: [0x33]))
            let thirdRevision = try #require(third.revision)
            expectFailed(
                try node.perform(HTTPRequest("PUT", KeyTarget.v1("cas"), headers: match, body: [0x34])),
                currentRevision: thirdRevision)
            #expect(try cluster[2].read("cas").text == "3")

            expectFailed(try node.delete("cas", query: "cas=\(first)"), currentRevision: thirdRevision)
            #expect(try node.delete("cas", query: "cas=\(thirdRevision)").json["deleted"] as? Int == 1)
            expectFailed(try node.put("cas", "5", query: "cas=\(thirdRevision)"), currentRevision: 0)
        }

        @Test("If-Match: * requires that the key exists")
        func present() throws {
            let star = [(name: "If-Match", value: "*")]
            expectFailed(
                try cluster[0].perform(HTTPRequest("PUT", KeyTarget.v1("present"), headers: star, body: [1])),
                currentRevision: 0)
            #expect(try cluster[0].put("present", "1").status == 200)
            #expect(
                try cluster[0].perform(HTTPRequest("PUT", KeyTarget.v1("present"), headers: star, body: [2])).status
                    == 200)
        }

        @Test("Compare-and-set increments over many connections through all nodes end with the exact count")
        func increments() throws {
            let nodes = cluster.nodes
            let (threadCount, perThread) = (12, 20)
            #expect(try nodes[0].put("counter", "0").status == 200)

            let conflicts = try onThreads(threadCount) { number in
                let connection = try nodes[number % nodes.count].connect()
                var conflicts = 0
                var done = 0
                while done < perThread {
                    let read = try connection.perform(HTTPRequest("GET", KeyTarget.v1("counter")))
                    guard let revision = read.header("X-Skiff-Revision"), let value = Int(read.text) else {
                        throw WaitedInVain(description: "no counter in \(read.testDescription)")
                    }
                    let written = try connection.perform(
                        HTTPRequest(
                            "PUT", KeyTarget.v1("counter", query: "cas=\(revision)"), body: Array("\(value + 1)".utf8)))
                    switch written.status {
                    case 200: done += 1
                    case 412: conflicts += 1
                    default: throw WaitedInVain(description: "not an answer to expect: \(written.testDescription)")
                    }
                }
                return conflicts
            }

            for node in nodes { #expect(try node.read("counter").text == "\(threadCount * perThread)") }
            #expect(conflicts.reduce(0, +) > 0, "nobody got in anybody's way, so this run proves nothing")
        }

        // MARK: Revisions

        @Test("The revision rises by one with each change through any node, and only with changes")
        func revisions() throws {
            var last = try #require(try cluster[0].put("revision/0", "").revision)
            for number in 1...30 {
                let node = cluster[number % 3]
                let written = try node.put("revision/\(number)", "")
                #expect(written.revision == last + 1, "\(written.testDescription)")
                #expect(written.header("X-Skiff-Revision") == "\(last + 1)")
                last += 1
                #expect(try node.put("revision/0", "", query: "cas=0").status == 412)
                let absent = try node.delete("revision/absent")
                #expect(absent.json["deleted"] as? Int == 0, "\(absent.testDescription)")
                #expect(absent.revision == last)
            }
            let deleted = try cluster[1].delete("revision/1")
            #expect(deleted.json["deleted"] as? Int == 1)
            #expect(deleted.revision == last + 1)
            let again = try cluster[2].put("revision/1", "back")
            #expect(again.revision == last + 2, "a key that comes back does not start anew")
        }

        @Test("A record keeps the revision of its last change")
        func recordRevision() throws {
            let first = try #require(try cluster[0].put("record", "1").revision)
            #expect(try cluster[0].put("record/other", "1").status == 200)
            for node in cluster.nodes {
                let read = try node.read("record")
                #expect(read.header("X-Skiff-Revision") == "\(first)")
                #expect(read.header("ETag") == "\"\(first)\"")
            }
        }

        // MARK: Consistency

        @Test("A linearizable read from any node sees each write at once; the default on /v1 is linearizable")
        func linearizableReads() throws {
            let connections = try cluster.nodes.map { try $0.connect() }
            for number in 0..<60 {
                let writer = connections[number % 3]
                let written = try writer.perform(
                    HTTPRequest("PUT", KeyTarget.v1("fresh"), body: Array("\(number)".utf8)))
                #expect(written.status == 200)
                for (place, reader) in connections.enumerated() {
                    let query = number % 2 == 0 ? "" : "consistency=linearizable"
                    let read = try reader.perform(HTTPRequest("GET", KeyTarget.v1("fresh", query: query)))
                    #expect(read.text == "\(number)", "at \(cluster[place].id): \(read.testDescription)")
                    #expect(read.header("X-Skiff-Consistency") == "linearizable")
                }
            }
        }

        @Test("A stale read says that it is one, never goes back in time, and catches up with the leader")
        func staleReads() throws {
            for node in cluster.nodes {
                let connection = try node.connect()
                var last = 0
                for number in 1...30 {
                    #expect(try cluster[0].put("stale", "\(number)").status == 200)
                    let query = ["consistency=stale", "stale", "level=none"][number % 3]
                    let read = try connection.perform(HTTPRequest("GET", KeyTarget.v1("stale", query: query)))
                    guard read.status == 200 || number > 1 else { continue }
                    #expect(read.header("X-Skiff-Consistency") == "stale", "\(read.testDescription)")
                    let value = try #require(Int(read.text))
                    #expect(value >= last)
                    last = value
                }
                try waitUntil("\(node.id) has the last value") { try node.read("stale", query: "stale").text == "30" }
                #expect(try cluster[0].delete("stale").status == 200)
                try waitUntil("\(node.id) has the deletion") { try node.read("stale", query: "stale").status == 404 }
            }
        }

        @Test("Every answer on /v1 names the node, the leader and the term")
        func nodeFields() throws {
            let leader = try cluster.leader()
            for node in cluster.nodes {
                #expect(try node.put("fields", "x").status == 200)
                for response in [try node.read("fields"), try node.read("fields/absent")] {
                    #expect(response.header("X-Skiff-Leader") == leader.id, "\(response.testDescription)")
                    #expect(response.header("X-Skiff-Node")?.isEmpty == false)
                    #expect(response.header("X-Skiff-Term").flatMap { UInt64($0) } != nil)
                    #expect(response.header("X-Skiff-Index").flatMap { UInt64($0) } != nil)
                }
            }
        }

        // MARK: Checks

        private func expectFailed(
            _ response: HTTPResponse, currentRevision: UInt64, at location: SourceLocation = #_sourceLocation
        ) {
            #expect(response.status == 412, "\(response.testDescription)", sourceLocation: location)
            #expect(response.code == "precondition_failed", sourceLocation: location)
            #expect(response.applied == "no", sourceLocation: location)
            let current = (response.json["current_revision"] as? NSNumber)?.uint64Value
            #expect(current == currentRevision, "\(response.testDescription)", sourceLocation: location)
        }
    }
}
