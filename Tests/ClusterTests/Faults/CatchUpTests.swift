import Glibc
import Testing

extension RealProcesses {
    @Suite("After a crash of all nodes", .serialized)
    struct CatchUpTests {
        @Test("A node that is alone after it says that it is not ready, and no key that it had shown is missing")
        func staleReads() throws {
            try TestCluster.with { cluster in
                for number in 0..<200 {
                    let response = try cluster[0].post("/store", json: #"{"key":"k\#(number)","value":\#(number)}"#)
                    try #require(response.status == 200, "\(response.testDescription)")
                }
                let last = try cluster[0].stats().appliedIndex
                for node in cluster.nodes {
                    try waitUntil("\(node.id) has applied all") { try node.stats().appliedIndex >= last }
                }
                for node in cluster.nodes { node.send(SIGKILL) }
                for node in cluster.nodes { node.kill() }

                let first = cluster[0]
                try first.start()
                try waitUntil("\(first.id) runs") { try first.get("/livez").status == 200 }
                for number in [0, 99, 199] {
                    let legacy = try first.get("/store/k\(number)")
                    #expect(legacy.status == 503, "\(legacy.testDescription)")
                    let stale = try first.read("k\(number)", query: "consistency=stale")
                    #expect(stale.status == 503, "\(stale.testDescription)")
                    #expect(stale.json["code"] as? String == "not_ready", "\(stale.testDescription)")
                }
                #expect(try first.get("/readyz").status == 503)

                for node in cluster.nodes.dropFirst() { try node.start() }
                for node in cluster.nodes {
                    // The first answer that is not a refusal has the key.
                    try waitUntil("\(node.id) answers") { try node.get("/store/k199").status != 503 }
                    for number in 0..<200 {
                        let found = try node.get("/store/k\(number)")
                        #expect(found.status == 200, "\(found.testDescription)")
                    }
                    try node.waitUntilReady()
                }
            }
        }
    }
}
