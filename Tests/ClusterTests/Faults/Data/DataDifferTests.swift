import Foundation
import Testing

extension RealProcesses {
    @Suite("Data that differ", .serialized)
    struct DataDifferTests {
        @Test(
            "A node that holds what nobody wrote is found, serves nothing, also after a restart, and is replaced",
            .enabled(if: PreloadedLibrary.isAvailable))
        func oddNode() throws {
            try TestCluster.with { cluster in
                let foreign = try ForeignRecord(in: cluster.directory)
                let odd = cluster.others(than: try cluster.leader())[0]
                for number in 0..<50 { #expect(try odd.put("key/\(number)", "value").status == 200) }
                let agreed = try odd.get("/v1/cluster/hash?timeout=20s")
                #expect(agreed.status == 200, "\(agreed.testDescription)")
                #expect(agreed.json["complete"] as? Bool == true, "\(agreed.testDescription)")
                #expect(agreed.json["agree"] as? Bool == true, "\(agreed.testDescription)")

                #expect(odd.terminate() == .code(0))
                try foreign.write(to: odd)
                let mark = odd.log.mark()
                try odd.start()
                try odd.waitUntilReady()
                let leader = try cluster.leader()
                let other = try #require(cluster.others(than: leader).first { $0 !== odd })
                let differing = try leader.get("/v1/cluster/hash?timeout=20s")
                #expect(differing.json["agree"] as? Bool == false, "\(differing.testDescription)")

                try waitUntil("\(odd.id) is not ready and says why") {
                    let answer = try odd.get("/readyz")
                    return answer.status == 503 && answer.text.contains("[-]data failed: data_differ: this node held")
                }
                try Self.expectRefusals(of: odd)
                #expect(
                    odd.log.lines(since: mark).count {
                        NodeLog.level(of: $0) == "error" && $0.contains("data_differ: this node held")
                    } == 1)
                for node in [leader, other] {
                    try waitUntil("\(node.id) lists the alarm and stays ready") {
                        let answer = try node.get("/readyz?verbose")
                        return answer.status == 200 && answer.text.contains("[+]data alarm: \(odd.id) held other data")
                    }
                    #expect(try node.stats()["data_differ"].hasPrefix("\(odd.id) (odd at "))
                }

                #expect(odd.terminate() == .code(0))
                try odd.start()
                try waitUntil("\(odd.id) listens") { try odd.get("/livez").status == 200 }
                try Self.expectRefusals(of: odd)

                #expect(try leader.remove(odd.id).status == 200)
                try waitUntil("nobody has an alarm any more") {
                    try [leader, other].allSatisfy { try $0.stats()["data_differ"].isEmpty }
                }
                let refused = try leader.join(odd)
                #expect(refused.status == 503 && refused.json["code"] as? String == "data_differ")
                #expect(refused.applied == "no", "\(refused.testDescription)")
                odd.kill()
                try FileManager.default.removeItem(atPath: odd.directory)
                try odd.start()
                try waitUntil("\(odd.id) listens") { try odd.get("/livez").status == 200 }
                let joined = try leader.join(odd)
                #expect(joined.status == 200, "\(joined.testDescription)")
                try odd.waitUntilReady()
                try cluster.expectToWork("after the replacement")
                let again = try odd.get("/v1/cluster/hash?timeout=20s")
                #expect(again.json["agree"] as? Bool == true, "\(again.testDescription)")
                #expect(try odd.stats()["data_differ"].isEmpty)
            }
        }

        private static func expectRefusals(of node: ClusterNode) throws {
            for answer in [
                try node.read("key/1"), try node.read("key/1", query: "consistency=stale"), try node.put("key/1", "x"),
            ] {
                #expect(answer.status == 503, "\(answer.testDescription)")
                #expect(answer.json["code"] as? String == "data_differ", "\(answer.testDescription)")
            }
        }
    }
}
