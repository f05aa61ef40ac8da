import Foundation
import Testing

extension RealProcesses {
    @Suite("A directory that went back", .serialized)
    struct LostDataTests {
        @Test(
            "A follower whose directory is replaced by an older copy is named, not ready, repaired, and counts again",
            .enabled(if: HungDisk.isAvailable))
        func olderCopy() throws {
            try TestCluster.with { cluster in
                let disk = try HungDisk(in: cluster.directory)
                let leader = try cluster.leader()
                let followers = cluster.others(than: leader)
                let (lost, third) = (followers[0], followers[1])
                try Self.write(100, "early", through: leader)
                #expect(lost.terminate() == .code(0))
                let copy = lost.directory + ".copy"
                try FileManager.default.copyItem(atPath: lost.directory, toPath: copy)
                try lost.start()
                try lost.waitUntilReady()
                try Self.write(300, "late", through: leader)
                let last = try leader.stats().appliedIndex
                try waitUntil("\(lost.id) has acknowledged all") { try lost.stats().appliedIndex >= last }
                lost.kill()
                try FileManager.default.removeItem(atPath: lost.directory)
                try FileManager.default.moveItem(atPath: copy, toPath: lost.directory)
                let mark = leader.log.mark()

                // As long as its disk does not answer it cannot be repaired.
                try disk.hang()
                try lost.start(changes: disk.environment)
                try waitUntil("\(lost.id) runs") { try lost.get("/livez").status == 200 }
                try waitUntil("\(leader.id) names it") {
                    try leader.stats()["lost_data"] == "\(lost.id) (repairing)"
                }
                try waitUntil("\(leader.id) logs it") {
                    leader.log.lines(since: mark).contains {
                        NodeLog.level(of: $0) == "warning" && $0.contains("lost_data: \(lost.id) had acknowledged")
                    }
                }
                try waitUntil("\(lost.id) says so itself") {
                    let answer = try lost.get("/readyz")
                    return answer.status == 503 && answer.text.contains("[-]storage failed: lost_data")
                }
                try disk.goOn()
                try lost.waitUntilReady()

                try waitUntil("\(leader.id) counts it again") {
                    try leader.stats()["lost_data"] == "\(lost.id) (repaired)"
                }
                third.kill()
                for number in 0..<20 {
                    let written = try leader.put("after/\(number)", "x")
                    #expect(written.status == 200, "\(written.testDescription)")
                }
                #expect(try lost.read("late/299").text == "late")
                #expect(try leader.stats().state == "Leader")
            }
        }

        private static func write(_ count: Int, _ name: String, through node: ClusterNode) throws {
            let connection = try node.connect()
            for number in 0..<count {
                let request = HTTPRequest("PUT", KeyTarget.v1("\(name)/\(number)"), body: Array(name.utf8))
                let response = try connection.perform(request)
                try #require(response.status == 200, "\(response.testDescription)")
            }
        }
    }
}
