import Foundation
import Testing

extension RealProcesses {
    @Suite("Data that a node cannot read", .serialized)
    struct UnreadableDataTests {
        private static let writes = NumberedWrites(count: 3_000) {
            "key/\($0)"
        } value: { number in
            // Digits that do not repeat, so that the table is about as large as they are.
            (1...400).map { "\((number + 1) * $0 * 7_919 % 1_000_003)" }.joined(separator: " ")
        }

        @Test("A leader that finds a flipped byte says so and hands over; another one has all that was acknowledged")
        func flippedByte() throws {
            // With the least memory the data get to tables on disk every few MiB.
            try TestCluster.with(settings: ["SKIFF_MEMORY": "128MiB"]) { cluster in
                let leader = try cluster.leader()
                #expect(try Self.writes.write(connections: 16) { cluster[$0 % 3] }.prefix(5) == [])
                let table = try Self.tableOfData(leader)
                let mark = leader.log.mark()
                try Self.flipByte(table)

                // A comparison of everything reads everything.
                let comparison = try leader.get("/v1/cluster/hash?timeout=20s")
                #expect(comparison.json["complete"] as? Bool != true, "\(comparison.testDescription)")
                try waitUntil("\(leader.id) is not ready and says why") {
                    let answer = try leader.get("/readyz")
                    return answer.status == 503 && answer.text.contains("[-]data failed: data_unreadable: ")
                }
                let stats = try leader.stats()
                #expect(stats["data_unreadable"].contains("Corruption"), "\(stats["data_unreadable"])")
                let alarms = leader.log.lines(since: mark).filter { $0.contains("data_unreadable") }
                #expect(alarms.count == 1 && alarms.allSatisfy { NodeLog.level(of: $0) == "error" }, "\(alarms)")

                let others = cluster.others(than: leader)
                try waitUntil("another node leads") {
                    let states = try others.map { try $0.stats().state }
                    return try states.contains("Leader") && leader.stats().state == "Follower"
                }
                for node in others {
                    let mismatches = try LinearizableReads.mismatches(of: Self.writes.pairs(), at: node)
                    #expect(mismatches.isEmpty, "\(mismatches.count) at \(node.id): \(mismatches.prefix(3))")
                    #expect(try node.get("/readyz").status == 200)
                    #expect(try node.stats()["data_unreadable"].isEmpty)
                }
                try cluster.expectToWork("after", through: others)
            }
        }

        /// The largest table file of the key-value data.
        private static func tableOfData(_ node: ClusterNode) throws -> String {
            var tables: [[String: Any]] = []
            try waitUntil("\(node.id) has data in tables") {
                tables = try node.inspect("files").filter {
                    ($0["meaning"] as? String)?.hasPrefix("table file of kv,") == true
                }
                return !tables.isEmpty
            }
            let largest = tables.max { ($0["bytes"] as? Int ?? 0) < ($1["bytes"] as? Int ?? 0) }
            let name = try #require(largest?["name"] as? String)
            return node.directory.appending(path: name)
        }

        /// In the file itself, as a disk would: the node has it open. The first half has nothing but data.
        private static func flipByte(_ path: String) throws {
            let file = try FileHandle(forUpdating: URL(filePath: path))
            defer { file.closeFile() }
            let place = try file.seekToEnd() / 3
            try file.seek(toOffset: place)
            let byte = try #require(try file.read(upToCount: 1)?.first)
            try file.seek(toOffset: place)
            try file.write(contentsOf: Data([byte ^ 0x10]))
        }
    }
}
