import Foundation
import Glibc
import Programs
import Testing

extension RealProcesses {
    @Suite("Open files", .serialized)
    struct OpenFilesTests {
        private static let stop = "refuses further connections"
        /// What shells and service managers set by default, and more connections than that allows.
        private static let limit = 1_024
        private static let connectionCount = 1_300

        init() throws {
            // The test has the other ends of these connections.
            try #require(OpenFiles.raiseLimit() > 2 * Self.connectionCount)
        }

        @Test("A low soft limit is raised: the node serves more idle connections than that, and writes")
        func softLimit() throws {
            try TestCluster.with(1) { cluster in
                // It complains of a disk that is slower than twice that.
                let settings = ["RAFT_ELECTION_TIMEOUT": "10s"]
                let node = try ClusterNode(id: "low", in: cluster.directory, settings: settings)
                try node.start(openFiles: OpenFilesLimit(soft: Self.limit, hard: 4 * Self.limit))
                try node.waitUntilReady()

                let idle = try (0..<Self.connectionCount).map { _ in try node.connect() }
                for connection in idle { #expect(try connection.perform(HTTPRequest("GET", "/livez")).status == 200) }

                try writeMuch(on: idle[0])
                #expect(node.log.complaints() == [])
                #expect(node.terminate() == .code(0))
            }
        }

        @Test("At a hard limit the node refuses more with one line and stays quiet; store, peers and probes go on")
        func hardLimit() throws {
            try TestCluster.with { cluster in
                let node = cluster[0]
                #expect(node.terminate() == .code(0))
                try node.start(openFiles: OpenFilesLimit(soft: Self.limit, hard: Self.limit))
                try node.waitUntilReady()
                #expect(node.log.lines().contains { $0.hasPrefix("  files") && $0.contains("\(Self.limit)") })

                let start = ContinuousClock.now
                // More than there is room for; some of the rest are told so, and some wait in the kernel.
                let connections = try (0..<Self.connectionCount).map { _ in try node.connect() }
                for connection in connections { try connection.send(HTTPRequest("GET", "/livez")) }
                try waitUntil("the node refuses more") { stops(of: node).count > 0 }
                #expect(try connections[0].receive().status == 200)
                #expect(try connections[0].perform(HTTPRequest("GET", "/livez")).status == 200)

                try expectIdle(node)
                for target in ["/livez", "/readyz"] { #expect(try node.get(target).status == 200) }
                let refused = try node.connect().perform(HTTPRequest("PUT", "/v1/kv/more", body: [1]))
                #expect(refused.status == 503 && refused.text.contains("too_many_connections"))
                try writeMuch(on: connections[0])
                // A peer that starts again finds a descriptor for its link.
                let peer = cluster[1]
                peer.kill()
                try peer.start()
                try peer.waitUntilReady()
                #expect(try connections[0].perform(HTTPRequest("PUT", "/v1/kv/last", body: [1])).status == 200)
                try waitUntil("the write is known to the peer") {
                    try peer.read("last", query: "consistency=stale").status == 200
                }

                expectOneStop(of: node, since: start)
                let others = connections[1...]
                for connection in others { connection.socket.end() }
                #expect(try node.get("/livez").status == 200)
                try waitUntil("the node accepts again") {
                    node.log.lines().contains { $0.contains("accepts connections again") }
                }
            }
        }

        @Test("More connections than the settings allow are refused, but for probes, until others have closed")
        func configuredLimit() throws {
            try TestCluster.with(1) { cluster in
                let node = try ClusterNode(id: "few", in: cluster.directory)
                try node.start(arguments: ["--max-connections", "2"])
                try node.waitUntilReady()
                let first = try node.connect()
                let second = try node.connect()
                for connection in [first, second] {
                    try waitUntil("it is served") { try connection.perform(HTTPRequest("GET", "/livez")).status == 200 }
                }

                let start = ContinuousClock.now
                // Others that say nothing and stay.
                let idle = try (0..<40).map { _ in try node.connect() }
                for target in ["/livez", "/readyz", "/health"] { #expect(try node.get(target).status == 200) }
                let third = try node.connect().perform(HTTPRequest("GET", "/v1/kv/a"))
                #expect(third.status == 503 && third.header("Retry-After") != nil)
                #expect(third.text.contains(#""code":"too_many_connections","applied":"no""#))
                #expect(third.text.contains(#""limit":2"#))
                expectOneStop(of: node, since: start)
                #expect(stops(of: node).first?.contains("limits.maxConnections") == true)

                for connection in idle { connection.socket.end() }
                first.socket.end()
                try waitUntil("another is served") {
                    try node.connect().perform(HTTPRequest("GET", "/v1/kv/a")).status == 404
                }
                #expect(node.terminate() == .code(0))
            }
        }

        @Test("A limit under which no node can work is refused before anything is created", arguments: [16, 100])
        func refusal(limit: Int) throws {
            try TestCluster.with(1) { cluster in
                let node = try ClusterNode(id: "tiny", in: cluster.directory)
                try node.start(openFiles: OpenFilesLimit(soft: limit, hard: limit))

                #expect(node.current?.waitForExit() == .code(1))
                node.kill()
                #expect(node.log.lines().count == 1, "\(node.log.lines())")
                #expect(node.log.lines().first?.contains("ulimit -Hn") == true)
                #expect(!FileManager.default.fileExists(atPath: node.directory))
            }
        }

        // MARK: Checks

        private func stops(of node: ClusterNode) -> [String] { node.log.lines().filter { $0.contains(Self.stop) } }

        /// The line is repeated each minute.
        private func expectOneStop(
            of node: ClusterNode, since start: ContinuousClock.Instant, at location: SourceLocation = #_sourceLocation
        ) {
            let minutes = Int((ContinuousClock.now - start) / .seconds(60))
            let found = stops(of: node)
            #expect((1...(1 + minutes)).contains(found.count), "\(found)", sourceLocation: location)
        }

        /// More than the tables in memory hold, so that the store opens files.
        private func writeMuch(on connection: HTTPConnection) throws {
            let value = [UInt8](repeating: 0x78, count: 1 << 20)
            for number in 0..<64 {
                let response = try connection.perform(HTTPRequest("PUT", KeyTarget.v1("big/\(number)"), body: value))
                #expect(response.status == 200, "\(number): \(response.testDescription)")
            }
        }

        /// A loop that asks for connections that it cannot take uses a processor alone, all the time.
        private func expectIdle(_ node: ClusterNode) throws {
            let ticksPerSecond = Int(sysconf(Int32(_SC_CLK_TCK)))
            var used: [Int] = []
            repeat {
                let before = try processorTicks(of: node)
                pause(.seconds(1))
                used.append(try processorTicks(of: node) - before)
            } while used[used.count - 1] >= ticksPerSecond / 2 && used.count < 10
            #expect(used[used.count - 1] < ticksPerSecond / 2, "ticks in each second: \(used)")
        }

        /// utime and stime of proc(5).
        private func processorTicks(of node: ClusterNode) throws -> Int {
            let pid = try #require(node.current?.pid)
            let stat = try String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8)
            let fields = stat.split(separator: ")").last?.split(separator: " ") ?? []
            return try #require(Int(fields[11])) + #require(Int(fields[12]))
        }
    }
}
