import Foundation
import Testing

extension RealProcesses {
    /// A node is not its name: what happens when a directory is lost, or an old one comes back.
    @Suite("Who a node is", .serialized)
    struct IdentityTests {
        @Test("A node that comes back empty takes no write after a member has dialled it, until it is joined again")
        func emptyVolume() throws {
            try TestCluster.with { cluster in
                let lost = cluster[0]
                let others = cluster.others(than: lost)
                #expect(try cluster.leader().put("kept", "1").status == 200)
                lost.kill()
                try FileManager.default.removeItem(atPath: lost.directory)
                try lost.start()
                try waitUntil("\(lost.id) is fenced") {
                    let answer = try lost.get("/readyz")
                    return answer.status == 503 && answer.text.contains("[-]serving failed: fenced: ")
                }

                let refused = try lost.put("astray", "1")
                #expect(refused.status == 503, "\(refused.testDescription)")
                #expect(refused.code == "fenced")
                #expect(refused.applied == "no")
                #expect(refused.error?.contains("POST /raft/unfence") == true)
                for consistency in ["linearizable", "stale"] {
                    let read = try lost.read("kept", query: "consistency=\(consistency)")
                    #expect(read.status == 503 && read.code == "fenced", "it does not know what its cluster holds")
                }
                try cluster.expectToWork("without", through: others)

                let leader = try cluster.leader(among: others)
                #expect(try leader.join(lost).status == 422, "its former self is a member")
                #expect(try leader.remove(lost.id).status == 200)
                let joined = try leader.join(lost)
                #expect(joined.status == 200, "\(joined.testDescription)")
                try lost.waitUntilReady()
                #expect(try lost.read("kept").text == "1")
                try cluster.expectToWork("again")
            }
        }

        @Test("An operator lifts a fence, for the cluster that was mistaken and until the next start")
        func lifted() throws {
            try TestCluster.with(2) { cluster in
                let (member, lost) = (cluster[0], cluster[1])
                #expect(lost.terminate() == .code(0))
                try FileManager.default.removeItem(atPath: lost.directory)
                try lost.start()
                try waitUntil("\(lost.id) is fenced") { try lost.get("/readyz").text.contains("fenced") }

                let lifted = try lost.post("/raft/unfence", json: "")
                #expect(lifted.status == 200 && lifted.text.contains("serves again"), "\(lifted.testDescription)")
                #expect(try lost.put("own", "1").status == 200)
                try lost.waitUntilReady()
                let again = try lost.post("/raft/unfence", json: "")
                #expect(again.status == 200 && again.text.contains("was not fenced"), "\(again.testDescription)")
                #expect(try member.get("/livez").status == 200)
            }
        }

        @Test("An old directory whose name was given away is told so, and serves and disturbs nothing")
        func oldDirectory() throws {
            try TestCluster.withSteadyLeader("the old directory disturbs nobody") { cluster in
                let leader = try cluster.leader()
                let given = cluster.others(than: leader)[0]
                #expect(try leader.put("kept", "1").status == 200)
                #expect(given.terminate() == .code(0))
                let old = given.directory + ".old"
                try FileManager.default.moveItem(atPath: given.directory, toPath: old)
                #expect(try leader.remove(given.id).status == 200)
                try given.start()
                try waitUntil("\(given.id) runs") { try given.get("/livez").status == 200 }
                let joined = try leader.join(given)
                #expect(joined.status == 200, "\(joined.testDescription)")
                try given.waitUntilReady()
                let term = try leader.stats().term

                let former = try ClusterNode(id: given.id, in: cluster.directory, suffix: ".former")
                try FileManager.default.moveItem(atPath: old, toPath: former.directory)
                try former.start()
                try waitUntil("the old directory is told") {
                    try former.get("/readyz").text.contains("[-]serving failed: removed")
                }
                #expect(try former.put("astray", "1").code == "removed")
                #expect(try leader.join(former).code == "node_id_conflict")
                try cluster.expectToWork("undisturbed")
                let isSteady = try leader.stats().term == term
                #expect(former.terminate() == .code(0))
                return isSteady
            }
        }
    }
}
