import Testing

extension RealProcesses {
    @Suite("A disk that hangs", .serialized)
    struct HungDiskTests {
        @Test(
            "When the log of the leader hangs, another node leads and writes go on",
            .enabled(if: HungDisk.isAvailable))
        func leader() throws {
            try TestCluster.with { cluster in
                let disk = try HungDisk(in: cluster.directory)
                let hung = cluster[0]
                #expect(hung.terminate() == .code(0))
                try hung.start(changes: disk.environment)
                try hung.waitUntilReady()
                try Self.makeLeader(hung, of: cluster)
                let others = cluster.others(than: hung)
                try cluster.expectToWork("before")

                try disk.hang()
                // A write makes the log thread owe something. Its own outcome is unknown.
                let connection = try hung.connect()
                try connection.send(HTTPRequest("PUT", KeyTarget.v1("hangs", query: "timeout=2s"), body: [1]))
                let start = ContinuousClock.now
                let next = try cluster.leader(among: others)
                let duration = (ContinuousClock.now - start).milliseconds
                print("the disk of the leader hangs: another leads after \(Int(duration)) ms")
                #expect(next !== hung)
                try cluster.expectToWork("meanwhile", through: others)
                let answer = try connection.receive(answering: "PUT")
                #expect(answer.status == 200 || answer.applied == "unknown", "\(answer.testDescription)")
                try waitUntil("\(hung.id) says why") {
                    hung.log.lines().contains { $0.contains("the disk has not answered the log thread for") }
                }

                try disk.goOn()
                try hung.waitUntilReady()
                try cluster.expectToWork("after")
                #expect(try next.stats().state == "Leader")
            }
        }

        /// The others stop for a moment at a time until this node is the one that leads.
        private static func makeLeader(_ node: ClusterNode, of cluster: TestCluster) throws {
            for _ in 0..<100 {
                let leader = try cluster.leader()
                if leader === node { return }
                #expect(leader.terminate() == .code(0))
                try leader.start()
                for node in cluster.nodes { try node.waitUntilReady() }
            }
            throw WaitedInVain(description: "\(node.id) never leads")
        }
    }
}
