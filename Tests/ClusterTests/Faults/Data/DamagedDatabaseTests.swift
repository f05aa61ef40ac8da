import Foundation
import Testing

extension RealProcesses {
    @Suite("A database that holds less than its node has acknowledged", .serialized)
    struct DamagedDatabaseTests {
        private static let blockBytes = 32_768

        @Test("A flipped length, a shorter and a missing log file and an older database are refused; nothing is lost")
        func lessThanPromised() throws {
            try TestCluster.with { cluster in
                let leader = try cluster.leader()
                let victim = cluster.others(than: leader)[0]
                var written: [String] = []
                try Self.write("early", through: leader, &written)
                try Self.waitForAll(of: leader, on: victim)
                victim.kill()
                let older = try Self.copy(victim, "older")
                try victim.start()
                try victim.waitUntilReady()
                try Self.write("late", through: leader, &written)
                try Self.waitForAll(of: leader, on: victim)
                victim.kill()
                let whole = try Self.copy(victim, "whole")

                let damages: [(String, () throws -> Void)] = [
                    ("length", { try Self.flipLength(try Self.newestLog(of: victim)) }),
                    ("shorter", { try Self.shorten(try Self.newestLog(of: victim)) }),
                    ("missing", { try FileManager.default.removeItem(atPath: try Self.newestLog(of: victim)) }),
                    ("older", { try Self.replace("\(victim.directory)/db", with: "\(older)/db") }),
                ]
                for (name, damage) in damages {
                    try Self.replace(victim.directory, with: whole)
                    try damage()
                    try Self.expectInspection(of: victim, toName: "skiff.witness says that the log held entry")
                    let mark = victim.log.mark()
                    try victim.start()
                    let status = victim.current?.waitForExit()
                    #expect(status == .code(1), "\(name): \(String(describing: status))")
                    let complaints = victim.log.complaints(since: mark)
                    #expect(complaints.count == 1, "\(name): \(complaints)")
                    for words in [victim.directory, "skiff.witness says that the log held entry", "remove this node"] {
                        #expect(complaints.first?.contains(words) == true, "\(name): \(complaints)")
                    }
                    // Refused as often as it is tried.
                    try victim.start()
                    #expect(victim.current?.waitForExit() == .code(1), "\(name), again")
                    try Self.write("without/\(name)", count: 5, through: leader, &written)
                }

                try Self.replace(victim.directory, with: whole)
                try victim.start()
                try victim.waitUntilReady()
                for node in cluster.nodes {
                    for key in written { #expect(try node.read(key).text == key, "\(key) from \(node.id)") }
                }
            }
        }

        /// The command that looks at a directory says beforehand why a start will be refused.
        private static func expectInspection(of node: ClusterNode, toName words: String) throws {
            let problems = try node.inspect("meta").first?["problems"] as? [String]
            #expect(problems?.first?.hasPrefix(words) == true, "\(String(describing: problems))")
        }

        // MARK: Writes

        private static func write(
            _ name: String, count: Int = 20, through node: ClusterNode, _ written: inout [String]
        ) throws {
            let connection = try node.connect()
            for number in 0..<count {
                let key = "\(name)/\(number)"
                let response = try connection.perform(HTTPRequest("PUT", KeyTarget.v1(key), body: Array(key.utf8)))
                try #require(response.status == 200, "\(response.testDescription)")
                written.append(key)
            }
        }

        private static func waitForAll(of leader: ClusterNode, on node: ClusterNode) throws {
            let last = try leader.stats().appliedIndex
            try waitUntil("\(node.id) has acknowledged all") { try node.stats().appliedIndex >= last }
        }

        // MARK: Files

        private static func copy(_ node: ClusterNode, _ name: String) throws -> String {
            let path = "\(node.directory).\(name)"
            try FileManager.default.copyItem(atPath: node.directory, toPath: path)
            return path
        }

        private static func replace(_ path: String, with copy: String) throws {
            try FileManager.default.removeItem(atPath: path)
            try FileManager.default.copyItem(atPath: copy, toPath: path)
        }

        private static func newestLog(of node: ClusterNode) throws -> String {
            let path = "\(node.directory)/db"
            let names = try FileManager.default.contentsOfDirectory(atPath: path).filter { $0.hasSuffix(".log") }
                .sorted()
            return "\(path)/\(try #require(names.last))"
        }

        /// Each block begins with the header of a record: 4 bytes checksum, 2 bytes length, 1 byte type. One bit makes
        /// the record longer than the rest of the file.
        private static func flipLength(_ path: String) throws {
            var content = try Data(contentsOf: URL(filePath: path))
            try #require(content.count > 100)
            content[(content.count - 1) / blockBytes * blockBytes + 5] ^= 0x80
            try content.write(to: URL(filePath: path))
        }

        private static func shorten(_ path: String) throws {
            let content = try Data(contentsOf: URL(filePath: path))
            try content.dropLast(40).write(to: URL(filePath: path))
        }
    }
}
