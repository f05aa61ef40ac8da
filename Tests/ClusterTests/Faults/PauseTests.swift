import Foundation
import Glibc
import Synchronization
import Testing

extension RealProcesses {
    @Suite("A paused leader", .serialized)
    struct PauseTests {
        /// The highest revision that a write was acknowledged with.
        private final class Acknowledged: Sendable {
            private let highest = Atomic<UInt64>(0)

            var revision: UInt64 { highest.load(ordering: .acquiring) }

            func note(_ revision: UInt64) { highest.max(revision, ordering: .acquiringAndReleasing) }
        }

        /// A read on its own connection, answered when the node continues.
        private struct OpenRead {
            let connection: HTTPConnection
            /// The highest revision acknowledged before the read was sent.
            let floor: UInt64
        }

        @Test("Linearizable reads through a leader that was paused for 3 s never miss an acknowledged write")
        func stoppedLeader() throws {
            try TestCluster.with { cluster in
                for round in 1...2 {
                    let leader = try cluster.leader()
                    let others = cluster.others(than: leader)
                    let key = "register-\(round)"
                    let acknowledged = Acknowledged()
                    let first = try leader.put(key, "0")
                    acknowledged.note(try #require(first.revision))
                    let writer = BackgroundThreads(untilStopped: 1) { _, threads in
                        try Self.write(key, through: others, acknowledged, until: { threads.isStopped })
                    }
                    defer { writer.stop() }
                    let readers = BackgroundThreads(untilStopped: 2) { number, threads in
                        try Self.read(key, from: others[number], acknowledged, until: { threads.isStopped })
                    }
                    defer { readers.stop() }

                    var reads: [OpenRead] = []
                    // Some reads have reached the leader already when it stops.
                    for _ in 0..<20 { reads.append(try Self.openRead(key, at: leader, acknowledged)) }
                    leader.send(SIGSTOP)
                    let atStop = acknowledged.revision
                    for _ in 0..<60 {
                        reads.append(try Self.openRead(key, at: leader, acknowledged))
                        pause(.milliseconds(50))
                    }
                    try waitUntil("writes are accepted while the leader stands still") {
                        acknowledged.revision > atStop + 1
                    }
                    // The earlier ones may have waited too long.
                    reads.append(try Self.openRead(key, at: leader, acknowledged))
                    leader.send(SIGCONT)
                    for _ in 0..<20 { reads.append(try Self.openRead(key, at: leader, acknowledged)) }

                    try expectFresh(reads)
                    _ = try writer.join()
                    #expect(try readers.join().flatMap(\.self).prefix(3) == [])
                    try leader.waitUntilReady()
                    try cluster.expectToWork("after-pause-\(round)")
                }
            }
        }

        @Test("Writes that a paused leader had taken are answered when it continues, and none is answered falsely")
        func writesToStoppedLeader() throws {
            try TestCluster.with { cluster in
                let leader = try cluster.leader()
                let others = cluster.others(than: leader)
                let connections = try (0..<20).map { _ in try leader.connect() }
                for connection in connections { _ = try connection.perform(HTTPRequest("GET", "/livez")) }

                leader.send(SIGSTOP)
                for (number, connection) in connections.enumerated() {
                    try connection.send(HTTPRequest("PUT", KeyTarget.v1("stopped/\(number)"), body: [UInt8(number)]))
                }
                _ = try cluster.leader(among: others)
                leader.send(SIGCONT)

                for (number, connection) in connections.enumerated() {
                    let answer = try connection.receive(answering: "PUT")
                    let found = try others[0].read("stopped/\(number)")
                    switch (answer.status, answer.applied) {
                    case (200, _): #expect(found.body == [UInt8(number)], "acknowledged and not there")
                    case (_, "no"): #expect(found.status == 404, "refused and there")
                    default: #expect(answer.applied == "unknown", "\(answer.testDescription)")
                    }
                }
            }
        }

        // MARK: Clients

        /// Writes the key through one node after the other. Readers compare revisions: a write without an answer may
        /// take effect after the next one, but never with a lower revision.
        private static func write(
            _ key: String, through nodes: [ClusterNode], _ acknowledged: Acknowledged, until isDone: () -> Bool
        ) throws {
            var number = 0
            while !isDone() {
                number += 1
                let request = HTTPRequest("PUT", KeyTarget.v1(key, query: "timeout=1s"), body: Array("\(number)".utf8))
                let response = try nodes[number % nodes.count].perform(request, timeout: .seconds(10))
                if response.status == 200, let revision = response.revision { acknowledged.note(revision) }
            }
        }

        /// Reads the key again and again; returns a sentence for each answer that is older than an acknowledged write.
        private static func read(
            _ key: String, from node: ClusterNode, _ acknowledged: Acknowledged, until isDone: () -> Bool
        ) throws -> [String] {
            var stale: [String] = []
            while !isDone() {
                let open = try openRead(key, at: node, acknowledged)
                if let sentence = sentence(about: try open.connection.receive(), open) { stale.append(sentence) }
            }
            return stale
        }

        private static func openRead(
            _ key: String, at node: ClusterNode, _ acknowledged: Acknowledged
        ) throws -> OpenRead {
            let connection = try node.connect()
            let floor = acknowledged.revision
            try connection.send(
                HTTPRequest("GET", KeyTarget.v1(key, query: "consistency=linearizable&timeout=3s")))
            return OpenRead(connection: connection, floor: floor)
        }

        private func expectFresh(_ reads: [OpenRead]) throws {
            var answered = 0
            for read in reads {
                let response = try read.connection.receive()
                if response.status == 200 { answered += 1 }
                let sentence = Self.sentence(about: response, read)
                #expect(sentence == nil)
            }
            print("\(answered) of \(reads.count) reads of a leader that stood still were served")
            #expect(answered > 0, "no read was served, so this run proves nothing")
        }

        private static func sentence(about response: HTTPResponse, _ read: OpenRead) -> String? {
            guard response.status == 200 else {
                return [503, 504].contains(response.status) ? nil : response.testDescription
            }
            let revision = response.header("X-Skiff-Revision").flatMap { UInt64($0) } ?? 0
            return revision >= read.floor
                ? nil : "revision \(revision) was read where \(read.floor) was acknowledged before"
        }
    }
}
