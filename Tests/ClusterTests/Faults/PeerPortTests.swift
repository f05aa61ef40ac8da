import Foundation
import Testing

extension RealProcesses {
    /// An election here has been caused: a node that only waits for processor time does not call one this soon.
    @Suite("Abuse of the peer port", .serialized, .sharedCluster(["RAFT_ELECTION_TIMEOUT": "5s"]))
    struct PeerPortTests {
        private let cluster: TestCluster

        init() throws { cluster = try #require(TestCluster.shared) }

        /// The bytes that a stranger sends to a node's Raft port, and the node's log line about them.
        struct Abuse: CustomTestStringConvertible, Sendable {
            let name: String
            /// Part of the log line.
            let reason: String
            let bytes: @Sendable (PeerWire.Hello) -> [UInt8]

            var testDescription: String { name }
        }

        private static let strangers: [Abuse] = [
            Abuse(name: "random bytes", reason: "no Skiff node") { _ in Self.noise },
            Abuse(name: "an HTTP request", reason: "no Skiff node") { _ in
                Array("GET / HTTP/1.1\r\nHost: x\r\n\r\n".utf8)
            },
            Abuse(name: "a foreign version", reason: "version 7") {
                PeerWire.preamble(version: 7) + PeerWire.frame(.hello, $0.body)
            },
            Abuse(name: "a hello with a wrong checksum", reason: "checksum") {
                // Damages the last character of an address: only the checksum shows it.
                var frame = PeerWire.frame(.hello, $0.body)
                frame[frame.count - 1] ^= 1
                return PeerWire.preamble() + frame
            },
            Abuse(name: "an absurd length", reason: "4294967295 bytes") { _ in
                PeerWire.preamble() + PeerWire.frame(.hello, [], statedBytes: .max)
            },
            Abuse(name: "a length below that of a header", reason: "3 bytes") { _ in
                PeerWire.preamble() + PeerWire.frame(.hello, [], statedBytes: 3)
            },
            Abuse(name: "a foreign cluster id", reason: "not of one cluster") {
                var hello = $0
                hello.clusterID = (1, 2)
                return PeerWire.preamble() + PeerWire.frame(.hello, hello.body)
            },
            Abuse(name: "a message before the hello", reason: "no place") { _ in
                PeerWire.preamble() + PeerWire.frame(.requestVoteRequest, [UInt8](repeating: 0, count: 64))
            },
            Abuse(name: "an unknown kind of frame", reason: "kind 200") { _ in
                PeerWire.preamble() + PeerWire.frame(.unknown, [1])
            },
            Abuse(name: "a hello that is cut off inside", reason: "cut off") {
                PeerWire.preamble() + PeerWire.frame(.hello, Array($0.body.dropLast(5)))
            },
            Abuse(name: "a frame out of sequence", reason: "where frame 0 was due") {
                PeerWire.preamble() + PeerWire.frame(.hello, $0.body, sequence: 5)
            },
        ]

        /// Frames that follow a valid hello.
        private static let linked: [Abuse] = [
            Abuse(name: "a wrong checksum", reason: "checksum") { _ in
                var frame = PeerWire.frame(.ping, [], sequence: 1)
                frame[0] ^= 1
                return frame
            },
            Abuse(name: "an absurd length", reason: "4294967295 bytes") { _ in
                PeerWire.frame(.ping, [], statedBytes: .max, sequence: 1)
            },
            Abuse(name: "random bytes", reason: "bytes where") { _ in Self.noise },
            Abuse(name: "a body that is cut off", reason: "cut off") { _ in
                PeerWire.frame(.requestVoteRequest, [1, 2, 3], sequence: 1)
            },
            Abuse(name: "a second hello", reason: "no place") { PeerWire.frame(.hello, $0.body, sequence: 1) },
            Abuse(name: "a frame for the second time", reason: "frame 0 arrived") { _ in PeerWire.frame(.ping, []) },
        ]

        /// No byte of it can begin a preamble or a valid length.
        private static var noise: [UInt8] { (0..<64).map { _ in UInt8.random(in: 128...255) } }

        @Test("A stranger is cut off with one log line that says why, and the cluster works on", arguments: strangers)
        func stranger(_ abuse: Abuse) throws {
            let host = 1 + (Self.strangers.firstIndex { $0.name == abuse.name } ?? 0)
            try expectCutOff(host: host, reason: abuse.reason) { node, socket in
                try socket.send(abuse.bytes(try hello(for: node, id: "stranger-\(host)")))
            }
        }

        @Test(
            "A stranger with the right cluster id is cut off at its first wrong frame with one log line",
            arguments: linked)
        func linkedStranger(_ abuse: Abuse) throws {
            let host = 30 + (Self.linked.firstIndex { $0.name == abuse.name } ?? 0)
            try expectCutOff(host: host, reason: abuse.reason) { node, socket in
                let hello = try hello(for: node, id: "linked-\(host)")
                try socket.send(PeerWire.preamble() + PeerWire.frame(.hello, hello.body))
                guard case .bytes(let welcome) = socket.receive(), welcome.starts(with: PeerWire.preamble()) else {
                    Issue.record("a hello with the right cluster id has no answer")
                    return
                }
                try socket.send(abuse.bytes(hello))
            }
        }

        /// Attacks one node after the other from the address 127.0.7.`host`: a node logs the same about one host only
        /// once in a while.
        private func expectCutOff(
            host: Int, reason: String, _ abuse: (ClusterNode, Socket) throws -> Void
        ) throws {
            for node in cluster.nodes {
                let terms = try cluster.nodes.map { try $0.stats().term }
                let mark = node.log.mark()
                let socket = try connect(to: node, host: host)

                try abuse(node, socket)

                #expect(socket.receiveUntilEnd() != nil, "the connection is left open")
                try expectOneLine(at: node, since: mark, reason)
                try cluster.expectToWork("abuse/\(host)")
                try expectOneLine(at: node, since: mark, reason)
                #expect(try cluster.nodes.map { try $0.stats().term } == terms, "an election was caused")
            }
        }

        @Test("Hundreds of silent connections do not separate the members from each other")
        func silentConnections() throws {
            let sockets = try cluster.nodes.flatMap { node in
                try (0..<150).map { _ in try connect(to: node, host: 60) }
            }
            let follower = cluster.others(than: try cluster.leader())[0]

            follower.kill()
            try follower.start()
            try follower.waitUntilReady()

            try cluster.expectToWork("silent")
            withExtendedLifetime(sockets) {}
        }

        @Test("A stranger that sends invented frames never ends a node")
        func randomFrames() throws {
            let nodes = cluster.nodes
            let hellos = try nodes.map { try hello(for: $0, id: "fuzz") }
            _ = try onThreads(3) { number in
                for _ in 0..<30 {
                    let socket = try Socket(port: nodes[number].raftPort, from: "127.0.7.\(70 + number)")
                    try socket.send(PeerWire.preamble() + PeerWire.frame(.hello, hellos[number].body))
                    var frames: [UInt8] = []
                    for sequence in 1...3 {
                        let body = (0..<Int.random(in: 0...200)).map { _ in UInt8.random(in: 0...255) }
                        let kind = PeerWire.Kind.messages.randomElement() ?? .requestVoteRequest
                        frames += PeerWire.frame(kind, body, sequence: UInt64(sequence))
                    }
                    // The other side may have closed the connection after the first frame.
                    do { try socket.send(frames) } catch is SocketFailure { continue }
                    _ = socket.receiveUntilEnd()
                }
            }
            try cluster.expectToWork("after-random-frames")
        }

        // MARK: Parts

        private func connect(to node: ClusterNode, host: Int) throws -> Socket {
            try Socket(port: node.raftPort, from: "127.0.7.\(host)", timeout: .seconds(10))
        }

        /// A hello like that of a member to `node`.
        private func hello(for node: ClusterNode, id: String) throws -> PeerWire.Hello {
            let clusterID = try node.stats()["cluster_id"]
            let high = try #require(UInt64(clusterID.prefix(16), radix: 16), "cluster id \(clusterID)")
            let low = try #require(UInt64(clusterID.suffix(16), radix: 16))
            return PeerWire.Hello(
                nodeID: id, clusterID: (high, low), electionTimeoutNanoseconds: 5_000_000_000)
        }

        private func expectOneLine(
            at node: ClusterNode, since mark: NodeLog.Mark, _ reason: String,
            at location: SourceLocation = #_sourceLocation
        ) throws {
            try waitUntil("\(node.id) has logged the end of the connection") {
                !node.log.complaints(since: mark).isEmpty
            }
            let complaints = node.log.complaints(since: mark)
            #expect(complaints.count == 1, "\(complaints)", sourceLocation: location)
            #expect(complaints.first?.contains(reason) == true, "\(complaints)", sourceLocation: location)
        }
    }
}
