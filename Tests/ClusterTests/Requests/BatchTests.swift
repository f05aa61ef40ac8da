import Foundation
import Testing

extension RealProcesses {
    @Suite("Batches", .serialized, .sharedCluster)
    struct BatchTests {
        private let cluster: TestCluster

        init() throws { cluster = try #require(TestCluster.shared) }

        private func batch(_ operations: [String], query: String = "", to node: ClusterNode) throws -> HTTPResponse {
            try node.perform(
                HTTPRequest("POST", "/v1/batch\(query)", body: Array(operations.joined(separator: "\n").utf8)))
        }

        private func put(_ key: String, _ value: String) -> String {
            #"{"put":{"key":"\#(key)","value":"\#(value)"}}"#
        }

        @Test("A batch of 2,500 operations written through any node is in order and intact on every node")
        func everyNode() throws {
            for writer in cluster.nodes {
                let name = "batch/\(writer.id)"
                let operations =
                    (0..<2_498).map { put("\(name)/\($0)", "value \($0)") }
                    + [put("\(name)/0", "last"), #"{"delete":{"key":"\#(name)/1"}}"#]

                let written = try batch(operations, to: writer)

                #expect(written.status == 200, "\(written.testDescription)")
                #expect(written.json["applied"] as? Int == 2_500)
                let last = try #require(written.json["revision"] as? Int)
                #expect(written.header("X-Skiff-Revision") == "\(last)")
                for reader in cluster.nodes {
                    #expect(try reader.read("\(name)/0").text == "last")
                    #expect(try reader.read("\(name)/1").status == 404)
                    #expect(try reader.read("\(name)/2497").text == "value 2497")
                    #expect(try reader.read("\(name)/0").header("ETag") == "\"\(last - 1)\"")
                }
            }
        }

        @Test("An atomic batch through a follower is at one revision on every node")
        func oneRevision() throws {
            for writer in cluster.nodes {
                let keys = (0..<100).map { "atomic/\(writer.id)/\($0)" }

                let written = try batch(keys.map { put($0, "v") }, query: "?atomic=true", to: writer)

                let revision = try #require(written.json["revision"] as? Int)
                for reader in cluster.nodes {
                    let connection = try reader.connect()
                    for key in keys {
                        let response = try connection.perform(HTTPRequest("GET", KeyTarget.v1(key)))
                        #expect(response.header("ETag") == "\"\(revision)\"", "\(key) at \(reader.id)")
                    }
                }
            }
        }

        @Test("An atomic batch with a bad operation, or over its limits, changes no node")
        func nothing() throws {
            let half = String(repeating: "v", count: 1 << 19)
            let refused: [(operations: [String], status: Int, code: String)] = [
                ([put("none/0", "v"), put("none/1", "v"), #"{"put":{"key":"","value":1}}"#], 400, "invalid_argument"),
                ([put("none/0", "v"), "{"], 400, "invalid_json"),
                ((0...10_000).map { put("none/\($0)", "v") }, 413, "batch_too_large"),
                ((0..<3).map { put("none/\($0)", half) }, 413, "batch_too_large"),
            ]
            for (number, item) in refused.enumerated() {
                let response = try batch(item.operations, query: "?atomic=true", to: cluster[number % 3])
                #expect(response.status == item.status, "\(response.testDescription)")
                #expect(response.code == item.code)
                #expect(response.json["applied"] as? String == "no")
            }
            for node in cluster.nodes {
                #expect(try node.read("none/0").status == 404)
                #expect(try node.read("none/1").status == 404)
            }
        }

        @Test("The largest atomic batches, in bytes and in operations, pass through a follower")
        func largest() throws {
            let key = String(repeating: "k", count: 4_096)
            let value = String(repeating: "v", count: 1 << 20)
            let deletes = (0..<10_000).map { #"{"delete":{"key":"many/\#($0)"}}"# }
            for node in cluster.nodes {
                #expect(try batch([put(key, value)], query: "?atomic=true", to: node).status == 200)
                #expect(try batch(deletes, query: "?atomic=true", to: node).json["applied"] as? Int == 10_000)
            }
            for node in cluster.nodes { #expect(try node.read(key).body.count == 1 << 20) }
        }

        @Test("Two keys that an atomic batch sets are equal, at one revision, for every read after its answer")
        func together() throws {
            for number in 0..<30 {
                let writer = cluster[number % 3]
                let reader = cluster[(number + 1) % 3]
                let pair = [put("pair/a", "\(number)"), put("pair/b", "\(number)")]
                #expect(try batch(pair, query: "?atomic=true", to: writer).status == 200)
                #expect(try reader.read("pair/a").text == "\(number)")
                #expect(try reader.read("pair/b").text == "\(number)")
                #expect(try reader.read("pair/a").header("ETag") == reader.read("pair/b").header("ETag"))
            }
        }
    }
}
