import Foundation
import Testing

extension RealProcesses {
    @Suite("A disk that is full", .serialized)
    struct FullDiskTests {
        /// A file of data that a snapshot has replaced.
        private static let replaced = "table file that nothing uses"

        @Test(
            "The node says so and ends with 74, the others continue, and it recovers when there is room again",
            .enabled(if: FullDisk.isAvailable), arguments: [true, false])
        func full(isLeader: Bool) throws {
            try TestCluster.with { cluster in
                let disk = try FullDisk(in: cluster.directory)
                for node in cluster.nodes {
                    #expect(node.terminate() == .code(0))
                    try node.start(changes: node === cluster[0] ? disk.environment : [:])
                    try node.waitUntilReady()
                }
                try cluster.expectToWork("before")
                let full = cluster[0]
                let others = cluster.others(than: full)
                while try (cluster.leader() === full) != isLeader {
                    // Its successor is one of two.
                    let leader = try cluster.leader()
                    #expect(leader.terminate() == .code(0))
                    try leader.start(changes: leader === full ? disk.environment : [:])
                    for node in cluster.nodes { try node.waitUntilReady() }
                }

                try disk.fill()
                full.current?.expectEnd()
                // Of a write through a leader that ends nobody knows the outcome.
                let answer = try others[0].put("meanwhile", "value")
                #expect(answer.status == 200 || answer.applied != nil, "\(answer.testDescription)")
                #expect(full.current?.waitForExit() == .code(74))
                let last = full.log.lines().last ?? ""
                #expect(NodeLog.level(of: last) == "critical" && last.contains("No space left on device"), "\(last)")
                _ = try cluster.leader(among: others)
                try cluster.expectToWork("without", through: others)

                try full.start(changes: disk.environment)
                full.current?.expectEnd()
                #expect(full.current?.waitForExit() == .code(1))
                let refusal = full.log.lines().last ?? ""
                #expect(refusal.contains("Free some space and start again"), "\(refusal)")

                try disk.makeRoom()
                try full.start()
                try full.waitUntilReady()
                #expect(try full.read("before/\(full.id)").text == "before")
                #expect(try full.read("without/\(others[1].id)").text == "without")
                try cluster.expectToWork("after")
            }
        }

        @Test(
            "A snapshot that finds no room costs the node nothing but the snapshot, nor does it hinder a start",
            .enabled(if: FullDisk.isAvailable))
        func intake() throws {
            try SnapshotCrashes.with { crashes in
                let receiver = crashes.receiver
                let disk = try FullDisk(in: crashes.cluster.directory, for: "/snapshot/")
                try disk.fill()
                try receiver.start(changes: disk.environment)
                try waitUntil("the receiver has no room") {
                    receiver.log.lines().contains {
                        $0.contains("could not be fetched") && $0.contains("No space left on device")
                    }
                }
                #expect(try receiver.get("/livez").status == 200)
                let files = receiver.directory.appending(path: "snapshot")
                try waitUntil("its files are gone") {
                    try FileManager.default.contentsOfDirectory(atPath: files).isEmpty
                }

                receiver.kill()
                // Not a name that the next intake uses: then the disk would be full again.
                let leftover = files.appending(path: "0.sst")
                try writeFile(leftover, "a part of a snapshot")
                let filled = try FullDisk(in: crashes.cluster.directory, whileThereIs: leftover)
                try receiver.start(changes: filled.environment)
                try receiver.waitUntilReady()
                try crashes.expectCompletion()
            }
        }

        @Test(
            "The data that a snapshot has replaced leave the disk, though nobody writes any more",
            .enabled(if: PreloadedLibrary.isAvailable))
        func replacedData() throws {
            try SnapshotCrashes.with { crashes in
                let receiver = crashes.receiver
                try crashes.expectCompletion()
                try crashes.lagBehind()
                try receiver.start()
                try receiver.waitUntilReady()
                let meta = try #require(receiver.inspect("meta").first)
                #expect(meta["data_family"] as? String == "kv.2", "it has not got a second snapshot: \(meta)")
                try waitUntil("the data of the first one have left the disk") {
                    try receiver.inspect("files").allSatisfy { $0["meaning"] as? String != Self.replaced }
                }
            }
        }
    }
}
