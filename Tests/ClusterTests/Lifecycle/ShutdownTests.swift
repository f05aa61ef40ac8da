import Foundation
import Glibc
import Testing

extension RealProcesses {
    @Suite("Shutdown", .serialized)
    struct ShutdownTests {
        /// Less than the time after which a node gives up a shutdown in good order, and than what requests here may
        /// take.
        private static let limit = Duration.seconds(20)

        @Test(
            "SIGTERM, SIGINT and SIGHUP end a node with status 0 in spite of idle connections",
            arguments: [SIGTERM, SIGINT, SIGHUP])
        func idleConnections(signal: Int32) throws {
            try TestCluster.with(1) { cluster in
                let node = cluster[0]
                #expect(try node.put("kept", "value").status == 200)
                let idle = try (0..<8).map { _ in try node.connect() }
                for connection in idle { #expect(try connection.perform(HTTPRequest("GET", "/livez")).status == 200) }
                let silent = try node.connect()

                node.send(signal)
                let status = node.current?.waitForExit(within: Self.limit)

                #expect(status == .code(0))
                #expect(idle.allSatisfy { $0.isEnded() } && silent.isEnded())
                try node.start()
                try node.waitUntilReady()
                #expect(try node.read("kept").text == "value")
            }
        }

        @Test("SIGTERM with open writes that cannot be committed: each gets a full answer, and the node ends in time")
        func openWrites() throws {
            // The leader stays one while nobody answers it.
            try TestCluster.with(settings: ["RAFT_CHECK_QUORUM": "false"]) { cluster in
                let leader = try cluster.leader()
                let others = cluster.others(than: leader)
                let last = try leader.stats()["last_log_index"]
                let connections = try (0..<32).map { _ in try leader.connect() }
                // An answered request proves that the server has accepted the connection.
                for connection in connections { _ = try connection.perform(HTTPRequest("GET", "/livez")) }

                for other in others { other.send(SIGSTOP) }
                for (number, connection) in connections.enumerated() {
                    let target = KeyTarget.v1("open/\(number)", query: "timeout=60s")
                    try connection.send(HTTPRequest("PUT", target, body: Array("open".utf8)))
                }
                try waitUntil("writes are open") { try leader.stats()["last_log_index"] != last }
                leader.send(SIGTERM)
                let status = leader.current?.waitForExit(within: Self.limit)
                let answers = try connections.map { try $0.receive(answering: "PUT") }
                for other in others { other.send(SIGCONT) }

                #expect(status == .code(0), "\(String(describing: status))")
                for answer in answers {
                    #expect(answer.status != 200, "nobody could confirm it: \(answer.testDescription)")
                    #expect(["no", "unknown"].contains(answer.applied), "\(answer.testDescription)")
                }
                try leader.start()
                try leader.waitUntilReady()
                try cluster.expectToWork("after")
            }
        }

        @Test("SIGTERM of a follower under load: every answer is complete, no acknowledged write is lost")
        func followerUnderLoad() throws {
            try TestCluster.withSteadyLeader("a follower's end costs no election") { cluster in
                let leader = try cluster.leader()
                let term = try leader.stats().term
                let follower = cluster.others(than: leader)[0]
                let onFollower = BackgroundThreads(untilStopped: 8) { number, threads in
                    try Self.useUntilEnd(
                        follower, "follower-\(number)", until: { threads.isStopped(number, after: $0) })
                }
                defer { onFollower.stop() }
                let onLeader = BackgroundThreads(untilStopped: 2) { number, threads in
                    AcknowledgedWrites.write(
                        prefix: "leader-\(number)", through: [leader],
                        until: { threads.isStopped(number, after: $0) })
                }
                defer { onLeader.stop() }
                try onFollower.waitUntilAllSucceed()
                try onLeader.waitUntilAllSucceed()
                pause(.milliseconds(500))

                let status = follower.terminate(within: Self.limit)
                pause(.milliseconds(300))
                let onFollowerSeen = try onFollower.join()
                let onLeaderSeen = try onLeader.join()

                #expect(status == .code(0), "\(String(describing: status))")
                guard try leader.stats().term == term else { return false }
                for seen in onFollowerSeen + onLeaderSeen {
                    #expect(seen.misplaced == [])
                    #expect(seen.acknowledged.count > 0)
                    try seen.expectReadable(from: [leader])
                }
                #expect(onLeaderSeen.allSatisfy { $0.unknownCount == 0 }, "the leader's clients notice nothing")
                try follower.start()
                try follower.waitUntilReady()
                return true
            }
        }

        @Test("SIGTERM ends a node in time although a join that it carries out hangs")
        func openJoin() throws {
            try TestCluster.with(1) { cluster in
                let silent = try SilentListener()
                let connection = try cluster[0].connect()
                let join = #"{"node_id":"x","raft_address":"127.0.0.1:\#(silent.port)","timeout":"60s"}"#
                try connection.send(HTTPRequest(target: "/raft/join", json: join))
                try silent.waitForConnection()

                let status = cluster[0].terminate(within: Self.limit)
                let answer = try connection.receive(answering: "POST")

                #expect(status == .code(0), "\(String(describing: status))")
                #expect(answer.status != 200 && answer.error?.isEmpty == false, "\(answer.testDescription)")
            }
        }

        @Test(
            "A second signal during shutdown does no harm",
            arguments: [SIGTERM, SIGINT, SIGHUP], [SIGTERM, SIGINT, SIGHUP])
        func twice(first: Int32, second: Int32) throws {
            try TestCluster.with(1) { cluster in
                cluster[0].send(first)
                cluster[0].send(second)
                let status = cluster[0].current?.waitForExit(within: Self.limit)

                #expect(status == .code(0), "\(String(describing: status))")
            }
        }

        @Test("The leader hands over on SIGHUP as on SIGTERM")
        func handOver() throws {
            try TestCluster.with { cluster in
                let leader = try cluster.leader()

                leader.send(SIGHUP)
                #expect(leader.current?.waitForExit(within: Self.limit) == .code(0))

                let log = leader.log.lines().joined(separator: "\n")
                #expect(log.contains(" stopping: ") && log.contains(" stopped"), "\(log)")
                _ = try cluster.leader(among: cluster.others(than: leader))
            }
        }

        @Test("SIGUSR1, SIGUSR2 and SIGPIPE change nothing; under nohup SIGHUP does not either")
        func ignoredSignals() throws {
            try TestCluster.with(1) { cluster in
                let node = try ClusterNode(id: "daemon", in: cluster.directory)
                try node.start(ignoredSignals: [SIGHUP])
                try node.waitUntilReady()

                for signal in [SIGUSR1, SIGUSR2, SIGPIPE, SIGHUP] {
                    node.send(signal)
                    #expect(try node.put("key", "value").status == 200, "\(signal)")
                }

                #expect(node.terminate(within: Self.limit) == .code(0))
            }
        }

        @Test("A signal during the start ends the node soon, and the next start is fine")
        func duringStart() throws {
            try TestCluster.with(1) { cluster in
                let node = try ClusterNode(id: "second", in: cluster.directory)
                for round in 0..<8 {
                    try node.start()
                    pause(.milliseconds(round * 15))
                    let status = node.terminate(within: Self.limit)
                    // Before the program has taken over its signals the kernel ends it.
                    #expect(status == .code(0) || status == .signal(SIGTERM), "\(String(describing: status))")
                }

                try node.start()
                try node.waitUntilReady()
                #expect(try node.put("key", "value").status == 200)
                #expect(node.terminate(within: Self.limit) == .code(0))
            }
        }

        @Test(
            "A signal that arrives before the settings are read ends the node with status 0",
            arguments: [SIGTERM, SIGINT, SIGHUP])
        func beforeSettings(signal: Int32) throws {
            let folder = try TemporaryDirectory()
            defer { folder.remove() }
            let node = try ClusterNode(id: "early", in: folder)
            let pipe = folder.path.appending(path: "settings.yaml")
            #expect(mkfifo(pipe, 0o600) == 0)
            try node.start(arguments: ["--config", pipe])
            // The pipe can be written to as soon as the node has begun to read it.
            var end: Int32 = -1
            defer { close(end) }
            try waitUntil("the node reads its settings") {
                end = open(pipe, O_WRONLY | O_NONBLOCK | O_CLOEXEC)
                return end >= 0
            }

            node.send(signal)
            let status = node.current?.waitForExit(within: Self.limit)

            #expect(status == .code(0), "\(String(describing: status))")
            #expect(access(node.directory, F_OK) != 0, "nothing was created")
        }

        /// Writes on one connection after the other until the node accepts no more. A cut-off answer is an error; a
        /// connection that ends between two answers is not.
        private static func useUntilEnd(
            _ node: ClusterNode, _ prefix: String, until isDone: (_ acknowledgedCount: Int) -> Bool
        ) throws -> AcknowledgedWrites {
            var writes = AcknowledgedWrites()
            var number = 0
            do {
                while !isDone(writes.acknowledged.count) {
                    let connection = try node.connect(timeout: .seconds(10))
                    while !isDone(writes.acknowledged.count) {
                        number += 1
                        let key = "\(prefix)/\(number)"
                        let response = try connection.perform(
                            HTTPRequest("PUT", KeyTarget.v1(key), body: Array(key.utf8)))
                        writes.note(response, key, key)
                        if response.endsConnection { break }
                    }
                }
            } catch HTTPFailure.ended {
                // The node closed the idle connection while the next request was on its way.
            } catch is SocketFailure {
                // The same, or the node no longer listens.
            }
            return writes
        }
    }
}
