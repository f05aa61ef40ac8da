import Foundation
import Testing

extension RealProcesses {
    /// Releases with another feature level are played by the debug build, which environment variables make know more
    /// or less.
    @Suite("Rolling upgrades", .serialized)
    struct UpgradeTests {
        private static let known = "SKIFF_DEBUG_FEATURE_LEVEL"
        private static let announced = "SKIFF_DEBUG_ANNOUNCED_LEVEL"

        private static func level(of node: ClusterNode) throws -> String { try node.stats()["feature_level"] }

        @Test("Under load the level rises once the last node runs the later release, and no write is lost")
        func upgrade() throws {
            try TestCluster.with(4, joined: 3) { cluster in
                let members = Array(cluster.nodes.prefix(3))
                let writers = BackgroundThreads(untilStopped: 3) { number, threads in
                    AcknowledgedWrites.write(
                        prefix: "upgrade-\(number)", through: members, until: { threads.isStopped(number, after: $0) })
                }
                defer { writers.stop() }
                for node in members {
                    #expect(try Self.level(of: node) == "2")
                    #expect(node.terminate() == .code(0))
                    try node.start(changes: [Self.known: "3"])
                    try node.waitUntilReady()
                }
                try waitUntil("all members are at level 3") {
                    try members.allSatisfy { try Self.level(of: $0) == "3" }
                }
                try writers.waitUntilAllSucceed()
                let writes = try writers.join()
                for written in writes {
                    #expect(!written.acknowledged.isEmpty)
                    #expect(written.misplaced.isEmpty, "\(written.misplaced)")
                    try written.expectReadable(from: members)
                }

                // The older release is of no use any more: it joins nothing, and does not start where the later one
                // was.
                let refused = try cluster.leader(among: members).join(cluster[3])
                #expect(refused.json["code"] as? String == "cluster_mismatch", "\(refused.testDescription)")
                #expect(refused.text.contains("the cluster is at feature level 3"), "\(refused.testDescription)")
                let node = cluster[2]
                #expect(node.terminate() == .code(0))
                let mark = node.log.mark()
                try node.start()
                node.current?.expectEnd()
                #expect(node.current?.waitForExit() != nil)
                #expect(
                    node.log.lines(since: mark).contains { $0.contains("needs feature level 3") },
                    "\(node.log.lines(since: mark))")
                try node.start(changes: [Self.known: "3"])
                try node.waitUntilReady()
                try cluster.expectToWork("after", through: members)
            }
        }

        @Test("A node that does not know what its leader sends stays up without it, and takes it as the later release")
        func olderThanItSays() throws {
            try TestCluster.with { cluster in
                let node = cluster[2]
                for upgraded in cluster.nodes.prefix(2) {
                    #expect(upgraded.terminate() == .code(0))
                    try upgraded.start(changes: [Self.known: "3"])
                    try upgraded.waitUntilReady()
                }
                #expect(node.terminate() == .code(0))
                let mark = node.log.mark()
                let writers = BackgroundThreads(untilStopped: 2) { number, threads in
                    AcknowledgedWrites.write(
                        prefix: "older-\(number)", through: Array(cluster.nodes.prefix(2)),
                        until: { threads.isStopped(number, after: $0) })
                }
                defer { writers.stop() }
                // As if it had been exchanged for the older release a moment after it announced the later one.
                try node.start(changes: [Self.known: "2", Self.announced: "3"])

                try waitUntil("the level has risen") { try Self.level(of: cluster[0]) == "3" }
                try waitUntil("\(node.id) says why it is not ready") {
                    let answer = try node.get("/readyz")
                    return answer.status == 503 && answer.text.contains("needs feature level 3")
                }
                #expect(
                    node.log.lines(since: mark).contains {
                        NodeLog.level(of: $0) == "error" && $0.contains("Start the release that the others run")
                    })
                #expect(try Self.level(of: node) == "2")
                #expect(try node.stats()["unknown_entry"].contains("(level 3)"))
                // Its users are served by the leader.
                #expect(try node.put("through the older", "works").status == 200)
                try writers.waitUntilAllSucceed()
                let writes = try writers.join()

                #expect(node.terminate() == .code(0))
                try node.start(changes: [Self.known: "3"])
                try node.waitUntilReady()
                #expect(try Self.level(of: node) == "3")
                for written in writes {
                    #expect(!written.acknowledged.isEmpty)
                    #expect(written.misplaced.isEmpty, "\(written.misplaced)")
                    try written.expectReadable(from: cluster.nodes)
                }
                try cluster.expectToWork("after")
            }
        }
    }
}
