import Foundation
import Testing

extension RealProcesses {
    @Suite("Acknowledged writes", .serialized)
    struct DurabilityTests {
        /// The acknowledgements of one writer, for keys that it alone writes.
        private struct History: Sendable {
            var writes: AcknowledgedWrites
            /// The highest acknowledged number of the key that is written again and again.
            var counter: Int
            /// Keys whose deletion was acknowledged.
            var deleted: [String]
        }

        @Test("Every acknowledged write and delete survives kill -9 of all three nodes, in every round")
        func killOfAll() throws {
            try TestCluster.with { cluster in
                var histories: [History] = []
                for round in 1...4 {
                    let nodes = cluster.nodes
                    let writers = BackgroundThreads(untilStopped: 6) { number, threads in
                        try Self.work(
                            "round-\(round)-\(number)", through: nodes[number % nodes.count],
                            until: { threads.isStopped(number, after: $0) })
                    }
                    defer { writers.stop() }
                    try writers.waitUntilAllSucceed()
                    pause(.milliseconds(1_500))
                    for node in nodes { node.send(SIGKILL) }
                    for node in nodes { node.kill() }
                    let written = try writers.join()
                    histories += written
                    #expect(written.allSatisfy { $0.writes.acknowledged.count > 0 }, "every node accepted writes")

                    for node in nodes { try node.start() }
                    for node in nodes { try node.waitUntilReady() }
                    for history in histories { try expectIntact(history, in: cluster) }
                    try cluster.expectSameData()
                }
                let count = histories.reduce(0) { $0 + $1.writes.acknowledged.count }
                print("kill -9 of all nodes, 4 rounds: \(count) acknowledged writes are all there")
            }
        }

        @Test("A cluster of one keeps every acknowledged write through kill -9")
        func killOfTheOnlyNode() throws {
            try TestCluster.with(1) { cluster in
                let node = cluster[0]
                for round in 1...3 {
                    let writers = BackgroundThreads(untilStopped: 4) { number, threads in
                        try Self.work(
                            "round-\(round)-\(number)", through: node, until: { threads.isStopped(number, after: $0) })
                    }
                    defer { writers.stop() }
                    try writers.waitUntilAllSucceed()
                    pause(.milliseconds(500))
                    node.kill()
                    let written = try writers.join()

                    try node.start()
                    try node.waitUntilReady()
                    for history in written { try expectIntact(history, in: cluster) }
                }
            }
        }

        /// Writes new keys, writes one key again and again, and deletes some keys, until the node is killed.
        private static func work(
            _ name: String, through node: ClusterNode, until isDone: (_ acknowledgedCount: Int) -> Bool
        ) throws -> History {
            var history = History(writes: AcknowledgedWrites(), counter: 0, deleted: [])
            do {
                let connection = try node.connect(timeout: .seconds(10))
                var number = 0
                while !isDone(history.writes.acknowledged.count) {
                    number += 1
                    let key = "\(name)/\(number)"
                    let created = HTTPRequest("PUT", KeyTarget.v1(key), body: Array(key.utf8))
                    history.writes.note(try connection.perform(created), key, key)
                    let counter = HTTPRequest("PUT", KeyTarget.v1("\(name)/counter"), body: Array("\(number)".utf8))
                    // A write without an answer could take effect after the next one, and the comparison would prove
                    // nothing.
                    guard try connection.perform(counter).status == 200 else { break }
                    history.counter = number
                    guard number % 5 == 0 else { continue }
                    let doomed = "\(name)/doomed/\(number)"
                    _ = try connection.perform(HTTPRequest("PUT", KeyTarget.v1(doomed), body: [1]))
                    if try connection.perform(HTTPRequest("DELETE", KeyTarget.v1(doomed))).status == 200 {
                        history.deleted.append(doomed)
                    }
                }
            } catch is HTTPFailure {
                // The node was killed.
            } catch is SocketFailure {
                // The node was killed while a request was being sent.
            }
            return history
        }

        private func expectIntact(_ history: History, in cluster: TestCluster) throws {
            try history.writes.expectReadable(from: cluster.nodes)
            #expect(history.writes.misplaced == [])
            guard let key = history.writes.acknowledged.first?.key, let slash = key.firstIndex(of: "/") else { return }
            let name = key[..<slash]
            for node in cluster.nodes {
                // A later write may have taken effect without an answer, but an older value must not return.
                let counter = try node.read("\(name)/counter")
                #expect(Int(counter.text) ?? 0 >= history.counter, "\(node.id): \(counter.testDescription)")
                for doomed in history.deleted.suffix(5) {
                    #expect(try node.read(doomed).status == 404, "\(doomed) is deleted, also at \(node.id)")
                }
            }
        }
    }
}
