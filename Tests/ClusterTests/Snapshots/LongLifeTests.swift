import Foundation
import Glibc
import Testing

extension RealProcesses {
    @Suite("A cluster that has written its log many times over", .serialized)
    struct LongLifeTests {
        /// With the least memory the log is cut after each 3 MiB.
        private static let settings = ["SKIFF_MEMORY": "128MiB"]
        private static let logThresholdBytes = 3 << 20
        private static let valueBytes = 3_200
        private static let writes = NumberedWrites(count: 20_000) {
            "long/\($0)"
        } value: {
            "\($0) " + String(repeating: "v", count: valueBytes)
        }

        @Test("Directories stay small, a new member gets a snapshot, and all come back from kill -9 with all data")
        func snapshotAndRestart() throws {
            let writtenBytes = Self.writes.count * Self.valueBytes
            #expect(writtenBytes >= 20 * Self.logThresholdBytes)
            try TestCluster.with(4, joined: 3, settings: Self.settings) { cluster in
                let founders = Array(cluster.nodes.prefix(3))
                #expect(try Self.writes.write(connections: 64) { founders[$0 % 3] }.prefix(5) == [])
                for node in founders { try Self.expectSmallDirectory(of: node, liveBytes: writtenBytes) }

                let newcomer = cluster[3]
                let joined = try cluster[0].join(newcomer)
                #expect(joined.status == 200, "\(joined.testDescription)")
                try newcomer.waitUntilReady()
                let meta = try #require(newcomer.inspect("meta").first)
                #expect(meta["data_family"] as? String == "kv.1", "the new member has not got a snapshot: \(meta)")
                try cluster.expectSameData()
                let before = try newcomer.get("/v1/hash").json
                #expect(before["keys"] as? Int == Self.writes.count)

                for node in cluster.nodes { node.send(SIGKILL) }
                for node in cluster.nodes { node.kill() }
                for node in cluster.nodes { try node.start() }
                for node in cluster.nodes { try node.waitUntilReady() }
                try cluster.expectSameData()
                let after = try newcomer.get("/v1/hash").json
                for figure in ["keys", "revision"] {
                    #expect(after[figure] as? Int == before[figure] as? Int, "\(before), then \(after)")
                }
                for node in [founders[1], newcomer] {
                    let mismatches = try LinearizableReads.mismatches(of: Self.writes.pairs(each: 17), at: node)
                    #expect(mismatches.isEmpty, "\(mismatches.count) at \(node.id): \(mismatches.prefix(3))")
                }
            }
        }

        @Test("A node that was away while the others have written many times as much as stays gets that from the log")
        func away() throws {
            try TestCluster.with(settings: Self.settings) { cluster in
                let leader = try cluster.leader()
                let absent = try #require(cluster.nodes.first { $0 !== leader })
                let others = cluster.nodes.filter { $0 !== absent }
                absent.kill()
                let writes = NumberedWrites(count: 8_000) {
                    "away/\($0)"
                } value: {
                    "\($0) " + String(repeating: "v", count: Self.valueBytes)
                }
                #expect(try writes.write(connections: 64) { others[$0 % 2] }.prefix(5) == [])
                try absent.start()
                try absent.waitUntilReady()
                try cluster.expectSameData()
                let meta = try #require(absent.inspect("meta").first)
                #expect(meta["data_family"] == nil, "it has got a snapshot: \(meta)")
            }
        }

        /// So much would be there without cuts as well, so the log is looked at apart from the data. What it keeps does
        /// not depend on what was written: a few tables in memory, and table files until eight of them are merged.
        private static func expectSmallDirectory(of node: ClusterNode, liveBytes: Int) throws {
            let directoryBytes = try bytes(below: node.directory)
            #expect(directoryBytes < 3 * liveBytes + (256 << 20), "\(node.id) has \(directoryBytes) bytes on disk")
            try waitUntil("little is left of the log of \(node.id)") {
                let files = try node.inspect("files").filter { file in
                    let meaning = file["meaning"] as? String ?? ""
                    return meaning.hasPrefix("write-ahead log") || meaning.hasPrefix("table file of raft_log")
                }
                let logBytes = files.map { $0["bytes"] as? Int ?? 0 }.reduce(0, +)
                let stats = try node.stats()
                let (last, cut) = (Int(stats["last_log_index"]) ?? 0, Int(stats["last_snapshot_index"]) ?? 0)
                return logBytes < liveBytes / 4 * 3 && last - cut < last / 2
            }
        }

        private static func bytes(below directory: String) throws -> Int {
            let files = FileManager.default
            var total = 0
            for name in try files.subpathsOfDirectory(atPath: directory) {
                // RocksDB removes files meanwhile.
                var status = stat()
                if stat("\(directory)/\(name)", &status) == 0, status.st_mode & S_IFMT == S_IFREG {
                    total += Int(status.st_blocks) * 512
                }
            }
            return total
        }
    }
}
