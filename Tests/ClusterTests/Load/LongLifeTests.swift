import Foundation
import Glibc
import Testing

extension RealProcesses {
    @Suite("A cluster that has written its log many times over", .serialized)
    struct LongLifeTests {
        private static let keyCount = 20_000
        private static let valueBytes = 3_000
        private static let connectionCount = 64

        private static func key(_ number: Int) -> String { "long/\(number)" }

        private static func value(_ number: Int) -> String {
            "\(number) " + String(repeating: "v", count: valueBytes)
        }

        @Test(
            "Directories stay small, a new member gets a snapshot, and all come back from kill -9 with the same data"
        )
        func snapshotAndRestart() throws {
            // The least memory: the log is cut every 3 MiB, and 60 MB go through it.
            try TestCluster.with(4, joined: 3, settings: ["MEMORY": "128MiB"]) { cluster in
                let founders = Array(cluster.nodes.prefix(3))
                let failures = try onThreads(Self.connectionCount) { number in
                    try Self.write(
                        stride(from: number, to: Self.keyCount, by: Self.connectionCount), to: founders[number % 3])
                }
                #expect(failures.flatMap(\.self).prefix(5) == [])
                let liveBytes = Self.keyCount * Self.valueBytes
                for node in founders {
                    let bytes = try Self.bytes(below: node.directory)
                    #expect(bytes < 3 * liveBytes + (64 << 20), "\(node.id) has \(bytes) bytes on disk")
                }

                let newcomer = cluster[3]
                let joined = try cluster[0].join(newcomer)
                #expect(joined.status == 200, "\(joined.testDescription)")
                try newcomer.waitUntilReady()
                #expect(
                    newcomer.log.lines().contains { $0.contains("the transfer of a snapshot begins") },
                    "the new member has not needed a snapshot")
                try cluster.expectSameData()

                for node in cluster.nodes { node.send(SIGKILL) }
                for node in cluster.nodes { node.kill() }
                for node in cluster.nodes { try node.start() }
                for node in cluster.nodes { try node.waitUntilReady() }
                try cluster.expectSameData()
                let expected = stride(from: 0, to: Self.keyCount, by: 17).map { (Self.key($0), Self.value($0)) }
                for node in [founders[1], newcomer] {
                    let mismatches = try LinearizableReads.mismatches(of: expected, at: node)
                    #expect(mismatches.isEmpty, "\(mismatches.count) at \(node.id): \(mismatches.prefix(3))")
                }
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

        /// Returns a sentence for each write that was not answered with 200. After an answer that an election explains,
        /// which a busy machine may cause, it is repeated.
        private static func write(_ numbers: StrideTo<Int>, to node: ClusterNode) throws -> [String] {
            var failures: [String] = []
            let connection = try node.connect(timeout: .seconds(60))
            for number in numbers {
                let request = HTTPRequest("PUT", KeyTarget.v1(key(number)), body: Array(value(number).utf8))
                var response = try connection.perform(request)
                for _ in 0..<20 where [429, 503, 504].contains(response.status) {
                    response = try connection.perform(request)
                }
                if response.status != 200 { failures.append("\(number): \(response.testDescription)") }
            }
            return failures
        }
    }
}
