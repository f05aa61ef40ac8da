import Foundation
import Testing

extension RealProcesses {
    @Suite("The end of a leader", .serialized)
    struct FailoverTests {
        @Test("After kill -9 of the leader writes through the other two resume, and the restarted node catches up")
        func killOfTheLeader() throws {
            try TestCluster.with { cluster in
                var outages: [Duration] = []
                var keys: [String] = []
                for round in 1...6 {
                    let leader = try cluster.leader()
                    let others = cluster.others(than: leader)
                    keys.append("before-\(round)")
                    #expect(try leader.put("before-\(round)", "\(round)").status == 200)

                    leader.kill()
                    outages.append(try waitForWrite("after-\(round)", through: others))
                    keys.append("after-\(round)")

                    try leader.start()
                    try leader.waitUntilReady()
                    try waitUntil("\(leader.id) has every key of round \(round)") {
                        try keys.allSatisfy { try leader.read($0, query: "consistency=stale").status == 200 }
                    }
                }
                show("kill -9 of the leader: writes resumed", outages)
                for key in keys {
                    let values = try cluster.nodes.map { try $0.read(key, query: "stale").text }
                    #expect(Set(values).count == 1, "\(key): \(values)")
                }
            }
        }

        @Test("A follower that was killed, and one that missed writes, change nothing for the others")
        func killOfAFollower() throws {
            try TestCluster.withSteadyLeader("a follower's death costs no election") { cluster in
                let leader = try cluster.leader()
                let follower = cluster.others(than: leader)[0]
                let term = try leader.stats().term

                follower.kill()
                let answers = try (0..<50).map { try leader.put("missed-\($0)", "\($0)") }
                guard try leader.stats().term == term else { return false }
                for answer in answers { #expect(answer.status == 200, "\(answer.testDescription)") }
                try follower.start()
                try follower.waitUntilReady()

                try waitUntil("\(follower.id) has caught up") {
                    try follower.read("missed-49", query: "stale").text == "49"
                }
                #expect(try (0..<50).allSatisfy { try follower.read("missed-\($0)", query: "stale").text == "\($0)" })
                return try cluster.leader() === leader && leader.stats().term == term
            }
        }

        @Test("SIGTERM of the leader hands leadership over: it exits with 0 and the others take writes")
        func terminationOfTheLeader() throws {
            try TestCluster.with { cluster in
                var outages: [Duration] = []
                for round in 1...3 {
                    let leader = try cluster.leader()
                    let others = cluster.others(than: leader)
                    let writers = BackgroundThreads(untilStopped: 4) { number, threads in
                        AcknowledgedWrites.write(
                            prefix: "term-\(round)-\(number)", through: others,
                            until: { threads.isStopped(number, after: $0) })
                    }
                    defer { writers.stop() }
                    try writers.waitUntilAllSucceed()
                    pause(.milliseconds(300))

                    let status = leader.terminate()
                    pause(.milliseconds(500))
                    let written = try writers.join()

                    #expect(status == .code(0), "\(leader.id) ended with \(String(describing: status))")
                    outages += written.map(\.longestGap)
                    try leader.start()
                    try leader.waitUntilReady()
                    for writes in written {
                        #expect(writes.acknowledged.count > 0)
                        #expect(writes.misplaced == [], "an answer that says neither what happened nor what to do")
                        try writes.expectReadable(from: cluster.nodes)
                    }
                }
                show("SIGTERM of the leader: longest time without a write", outages)
            }
        }

        /// The time until one of the nodes accepts a write. Each is asked again and again, in rotation.
        private func waitForWrite(_ key: String, through nodes: [ClusterNode]) throws -> Duration {
            let start = ContinuousClock.now
            var attempt = 0
            try waitUntil("a write through \(nodes.map(\.id)) is accepted") {
                attempt += 1
                let request = HTTPRequest("PUT", KeyTarget.v1(key, query: "timeout=2s"), body: Array("after".utf8))
                return try nodes[attempt % nodes.count].perform(request, timeout: .seconds(5)).status == 200
            }
            return ContinuousClock.now - start
        }

        private func show(_ what: String, _ durations: [Duration]) {
            let sorted = durations.sorted()
            let median = sorted[sorted.count / 2].milliseconds
            let longest = sorted[sorted.count - 1].milliseconds
            print("\(what): median \(Int(median)) ms, maximum \(Int(longest)) ms of \(sorted.count)")
        }
    }
}
