import Foundation
import Glibc
import Testing

extension RealProcesses {
    @Suite("Start", .serialized)
    struct StartTests {
        // MARK: Refusals

        @Test("A second start on the same directory fails with one clear line, and the first node works on")
        func usedDirectory() throws {
            try TestCluster.with(1) { cluster in
                let first = cluster[0]
                let second = try ClusterNode(id: "second", in: cluster.directory)

                let lines = try refusal(of: second, ["RAFT_NODE_ID": first.id, "RAFT_VOL_DIR": first.directory])

                expectOneLine(lines, naming: [first.directory])
                try expectUndamaged(first)
            }
        }

        @Test("A start on a directory of another node fails with one clear line that names both")
        func foreignDirectory() throws {
            try TestCluster.with(1) { cluster in
                let owner = cluster[0]
                #expect(try owner.put("kept", "value").status == 200)
                #expect(owner.terminate() == .code(0))
                let other = try ClusterNode(id: "other", in: cluster.directory)

                let lines = try refusal(of: other, ["RAFT_VOL_DIR": owner.directory])

                expectOneLine(lines, naming: [owner.directory, "node1", "other"])
                try owner.start()
                try owner.waitUntilReady()
                #expect(try owner.read("kept").text == "value")
            }
        }

        @Test("A start on a used HTTP port or Raft port fails with one clear line that names the port")
        func usedPorts() throws {
            try TestCluster.with(1) { cluster in
                let first = cluster[0]
                let second = try ClusterNode(id: "second", in: cluster.directory)

                let http = try refusal(of: second, ["SERVER_PORT": "\(first.httpPort)"])
                expectOneLine(http, naming: ["\(first.httpPort)"])
                let raft = try refusal(of: second, ["RAFT_PORT": "\(first.raftPort)"])
                expectOneLine(raft, naming: ["\(first.raftPort)"])

                let flag = try refusal(of: second, arguments: ["--http-port", "\(first.httpPort)"])
                expectOneLine(flag, naming: ["\(first.httpPort)", "(--http-port)"])
                let address = try refusal(of: second, ["RAFT_HOST": "192.0.2.1"])
                expectOneLine(address, naming: ["192.0.2.1", "RAFT_HOST"])

                // It is noticed before the node is created.
                #expect(!FileManager.default.fileExists(atPath: second.directory))
                try expectUndamaged(first)
                try second.start()
                try second.waitUntilReady()
                second.kill()
            }
        }

        @Test("A start on a file, or on a directory with other people's files, fails and touches nothing")
        func notOurs() throws {
            try TestCluster.with(1) { cluster in
                let node = try ClusterNode(id: "second", in: cluster.directory)
                let file = cluster.directory.path.appending(path: "file")
                let folder = cluster.directory.path.appending(path: "folder")
                try writeFile(file, "mine")
                try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
                try writeFile(folder.appending(path: "letter"), "mine")

                // A path that is not a directory is noticed before anything is started.
                expectOneLine(try refusal(of: node, ["RAFT_VOL_DIR": file], status: 64), naming: [file])
                expectOneLine(try refusal(of: node, ["RAFT_VOL_DIR": folder]), naming: [folder])

                #expect(FileManager.default.contents(atPath: file) == Data("mine".utf8))
                #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["letter"])
            }
        }

        @Test("A directory in which a node was killed over and over during its start is fine")
        func killsDuringStart() throws {
            try TestCluster.with(1) { cluster in
                let node = try ClusterNode(id: "second", in: cluster.directory)
                for round in 0..<12 {
                    try node.start()
                    pause(.milliseconds(round * 12))
                    node.kill()
                }

                try node.start()
                try node.waitUntilReady()

                #expect(try node.put("key", "value").status == 200)
                node.kill()
            }
        }

        // MARK: Configuration

        /// A wrong configuration, and the words that the message must name.
        struct Mistake: CustomTestStringConvertible, Sendable {
            var environment: [String: String] = [:]
            var arguments: [String] = []
            var named: [String]

            var testDescription: String {
                (environment.map { "\($0.key)=\($0.value)" } + arguments).joined(separator: " ")
            }
        }

        @Test(
            "A wrong configuration ends with status 64 and one line, and nothing is created on disk",
            arguments: [
                Mistake(environment: ["SERVER_PORT": "abc"], named: ["SERVER_PORT", "abc"]),
                Mistake(environment: ["SERVER_PORT": "65536"], named: ["SERVER_PORT", "65536"]),
                Mistake(environment: ["RAFT_PORT": "-1"], named: ["RAFT_PORT", "-1"]),
                Mistake(environment: ["RAFT_NODE_ID": "a node"], named: ["RAFT_NODE_ID", "a node"]),
                Mistake(
                    environment: ["SERVER_PORT": "2999", "RAFT_PORT": "2999"], named: ["SERVER_PORT", "RAFT_PORT"]),
                Mistake(environment: ["SERVER_FORWARD": "never"], named: ["SERVER_FORWARD", "never"]),
                Mistake(arguments: ["--nod-id", "x"], named: ["--nod-id"]),
                Mistake(arguments: ["--http-port"], named: ["--http-port"]),
                Mistake(arguments: ["swim"], named: ["swim"]),
                Mistake(arguments: ["--http-port", "1", "--http-port=2"], named: ["--http-port", "twice"]),
                Mistake(arguments: ["--http-port", "1", "serve", "--http-port", "2"], named: ["--http-port"]),
                Mistake(environment: ["RAFT_VOL_DIR": "data\r"], named: ["RAFT_VOL_DIR", "carriage return"]),
                Mistake(arguments: ["--config", "/does/not/exist.yaml"], named: ["/does/not/exist.yaml"]),
                Mistake(
                    environment: ["RAFT_ELECTION_TIMEOUT": "5 apples"], named: ["RAFT_ELECTION_TIMEOUT", "apples"]),
            ])
        func wrongConfiguration(_ mistake: Mistake) throws {
            let parent = try TemporaryDirectory()
            defer {
                NodeLogs.watch([])
                parent.remove()
            }
            let node = try ClusterNode(id: "node1", in: parent)

            try node.start(changes: mistake.environment, arguments: mistake.arguments)
            let status = node.current?.waitForExit()
            node.kill()

            #expect(status == .code(64))
            let lines = node.log.lines()
            #expect(lines.count == 1, "\(lines)")
            for word in mistake.named { #expect(lines.first?.contains(word) == true, "\(lines)") }
            let files = try FileManager.default.contentsOfDirectory(atPath: parent.path)
            #expect(files.sorted() == ["node1.log", "node1.out"])
        }

        @Test("Quotes around a value of the environment are stripped with a warning, as compose files need it")
        func quotes() throws {
            try TestCluster.with(1) { cluster in
                let node = try ClusterNode(id: "quoted", in: cluster.directory)

                try node.start(changes: ["RAFT_NODE_ID": "\"quoted\"", "SERVER_PORT": "\"\(node.httpPort)\""])
                try node.waitUntilReady()
                let configuration = try node.stats().configuration
                let warnings = node.log.complaints()
                node.kill()

                #expect(configuration.contains("ID:quoted "), "\(configuration)")
                #expect(warnings.contains { $0.contains(" warning ") && $0.contains("RAFT_NODE_ID") }, "\(warnings)")
                #expect(warnings.contains { $0.contains(" warning ") && $0.contains("SERVER_PORT") }, "\(warnings)")
                #expect(warnings.count == 2, "\(warnings)")
            }
        }

        @Test("The log is one JSON object per line if that is asked for, the reason of a failed start too")
        func jsonLog() throws {
            try TestCluster.with(1) { cluster in
                let node = try ClusterNode(id: "json", in: cluster.directory)
                try node.start(arguments: ["--log-format", "json", "--log-level", "debug"])
                try node.waitUntilReady()
                let second = try ClusterNode(id: "second", in: cluster.directory)
                try second.start(arguments: ["--log-format=json", "--http-port", "\(node.httpPort)"])
                #expect(second.current?.waitForExit() == .code(1))
                #expect(node.terminate() == .code(0))

                let records = try [node, second].map { try $0.log.lines().map(Self.record) }
                let banner = records[0].first { ($0["message"] as? String)?.contains("serves as node json") == true }
                let facts = banner?["metadata"] as? [String: String] ?? [:]
                #expect(facts["data"] == node.directory && facts["http"]?.contains("\(node.httpPort)") == true)
                #expect(records[0].contains { $0["level"] as? String == "debug" })
                let failure = records[1].last
                #expect(failure?["level"] as? String == "critical")
                #expect((failure?["message"] as? String)?.contains("--http-port") == true)
            }
        }

        private static func record(_ line: String) throws -> [String: Any] {
            let object = try JSONSerialization.jsonObject(with: Data(line.utf8))
            let record = try #require(object as? [String: Any], "\(line)")
            for name in ["time", "level", "label", "message"] { #expect(record[name] is String, "\(line)") }
            return record
        }

        @Test("Descriptors that the caller closed are no reason to write the log into a file of the store")
        func closedDescriptors() throws {
            try TestCluster.with(1) { cluster in
                let node = try ClusterNode(id: "closed", in: cluster.directory)
                try node.start(closesStandardDescriptors: true)
                try node.waitUntilReady()
                #expect(try node.put("key", "value").status == 200)

                let pid = try #require(node.current?.pid)
                for descriptor in 0...2 {
                    let target = try FileManager.default.destinationOfSymbolicLink(
                        atPath: "/proc/\(pid)/fd/\(descriptor)")
                    #expect(target == "/dev/null")
                }
                #expect(node.terminate() == .code(0))
            }
        }

        @Test("The banner names the node, its addresses, its directory and its cluster")
        func banner() throws {
            try TestCluster.with(1) { cluster in
                let node = cluster[0]
                try waitUntil("the banner is out") { node.log.lines().contains { $0.contains(node.directory) } }
                let text = node.log.lines().joined(separator: "\n")

                #expect(node.log.lines().first?.contains("opens its store") == true)
                for word in [node.id, "\(node.httpPort)", "\(node.raftPort)", try node.stats()["cluster_id"]] {
                    #expect(!word.isEmpty && text.contains(word), "\(word) is missing")
                }
                #expect(node.log.complaints() == [], "a start without anything wrong")
                #expect(node.standardOutput.lines() == [])
            }
        }

        // MARK: Checks

        /// Starts a node that must refuse to start, and returns its standard error. It must end by itself.
        private func refusal(
            of node: ClusterNode, _ changes: [String: String] = [:], arguments: [String] = [],
            status expected: Int32 = 1, at location: SourceLocation = #_sourceLocation
        ) throws -> [String] {
            let mark = node.log.mark()
            try node.start(changes: changes, arguments: arguments)
            let status = node.current?.waitForExit()
            node.kill()
            #expect(status == .code(expected), "\(String(describing: status))", sourceLocation: location)
            return node.log.complaints(since: mark)
        }

        private func expectOneLine(
            _ complaints: [String], naming words: [String], at location: SourceLocation = #_sourceLocation
        ) {
            #expect(complaints.count == 1, "\(complaints)", sourceLocation: location)
            for word in words {
                #expect(complaints.first?.contains(word) == true, "\(word): \(complaints)", sourceLocation: location)
            }
        }

        private func expectUndamaged(_ node: ClusterNode) throws {
            #expect(try node.put("still", "there").status == 200)
            #expect(node.terminate() == .code(0))
            try node.start()
            try node.waitUntilReady()
            #expect(try node.read("still").text == "there")
        }
    }
}
