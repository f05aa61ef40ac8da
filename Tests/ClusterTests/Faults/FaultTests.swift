import Bytes
import Foundation
import Glibc
import Seeds
import Testing

extension RealProcesses {
    @Suite("Random faults", .serialized)
    struct FaultTests {
        private static let registerCount = 5
        private static let clientCount = 6

        /// `SKIFF_FAULT_SECONDS` makes this test longer, `SKIFF_SEED` repeats a schedule of faults.
        private static let duration = Duration.seconds(
            ProcessInfo.processInfo.environment["SKIFF_FAULT_SECONDS"].flatMap { Int64($0) } ?? 15)

        @Test("Reads and writes stay linearizable while nodes are killed, stopped and restarted at random")
        func randomFaults() throws {
            let seed = Seed.random(in: 1...1_000_000, of: "FaultTests")
            try TestCluster.with { cluster in
                let nodes = cluster.nodes
                let clients = BackgroundThreads(untilStopped: Self.clientCount) { number, threads in
                    Client(number: number, nodes: nodes).work(until: { threads.isStopped })
                }
                defer { clients.stop() }
                var generator = SplitMix64(seed: seed.value)
                let end = ContinuousClock.now + Self.duration
                var faults: [String] = []
                while ContinuousClock.now < end { faults.append(try Self.injectFault(into: nodes, &generator)) }
                for node in nodes { try node.waitUntilReady() }
                pause(.milliseconds(500))
                var history = OperationHistory()
                for part in try clients.join() { history.merge(part) }

                let contradictions = history.contradictions()
                #expect(contradictions.isEmpty, "\(contradictions.prefix(5)) after \(faults); replay: \(seed)")
                #expect(history.misplaced.prefix(3) == [])
                try expectAllThere(history, at: nodes)
                print(
                    "faults \(faults.count) (\(seed)), operations \(history.operations.count),",
                    "unknown outcomes \(history.unknownCount)")
                #expect(history.operations.count > 100, "too little happened for this run to mean anything")
            }
        }

        @Test("The checker of histories finds answers that no linearizable store gives")
        func checker() {
            var history = OperationHistory()
            let now = ContinuousClock.now
            func add(
                _ kind: OperationHistory.Operation.Kind, _ value: String, _ revision: UInt64, _ start: Int, _ end: Int
            ) {
                history.operations.append(
                    OperationHistory.Operation(
                        kind: kind, key: "k", value: value, revision: revision, start: now + .seconds(start),
                        end: now + .seconds(end)))
                if kind == .write { history.begun[value] = now + .seconds(start) }
            }
            add(.write, "a", 1, 0, 2)
            add(.write, "b", 2, 1, 3)
            add(.read, "a", 1, 1, 4)
            add(.read, "b", 2, 5, 6)
            #expect(history.contradictions() == [])

            let good = history
            add(.read, "a", 1, 7, 8)
            #expect(history.contradictions().count == 1, "a read of what was overwritten before it began")
            history = good
            add(.write, "c", 2, 7, 8)
            #expect(history.contradictions().count == 2, "a revision given twice, and one that does not rise")
            history = good
            add(.read, "z", 9, 7, 8)
            #expect(history.contradictions().count == 1, "a read of what nobody wrote")
            history = good
            add(.read, "", 0, 7, 8)
            #expect(history.contradictions().count == 1, "a read that finds nothing where something is")
        }

        // MARK: Faults

        /// One fault and its end, after which every node runs again.
        private static func injectFault(
            into nodes: [ClusterNode], _ generator: inout SplitMix64
        ) throws -> String {
            pause(.milliseconds(Int.random(in: 100...900, using: &generator)))
            let node = nodes[Int.random(in: 0..<nodes.count, using: &generator)]
            let length = Duration.milliseconds(Int.random(in: 50...1_500, using: &generator))
            switch Int.random(in: 0..<10, using: &generator) {
            case 0..<4:
                node.kill()
                pause(length)
                try node.start()
                return "kill \(node.id)"
            case 4..<7:
                node.send(SIGSTOP)
                pause(length)
                node.send(SIGCONT)
                return "stop \(node.id)"
            case 7..<9:
                // Before it is ready, the node cannot stop in good order.
                try node.waitUntilReady()
                let status = node.terminate()
                #expect(status == .code(0), "\(node.id) after SIGTERM: \(String(describing: status))")
                pause(length / 2)
                try node.start()
                return "terminate \(node.id)"
            default:
                for node in nodes { node.send(SIGKILL) }
                for node in nodes { node.kill() }
                for node in nodes { try node.start() }
                return "kill all"
            }
        }

        // MARK: Clients

        /// Reads and writes a few registers through any node that answers.
        private struct Client {
            let number: Int
            let nodes: [ClusterNode]

            func work(until isDone: () -> Bool) -> OperationHistory {
                var history = OperationHistory()
                var connections: [HTTPConnection?] = nodes.map { _ in nil }
                var step = 0
                while !isDone() {
                    step += 1
                    let place = Int.random(in: 0..<nodes.count)
                    let key = "register/\(Int.random(in: 0..<FaultTests.registerCount))"
                    do {
                        let connection = try connections[place] ?? nodes[place].connect(timeout: .seconds(8))
                        connections[place] = connection
                        let isWrite = step % 2 == 0
                        let value = "\(number)-\(step)"
                        let response =
                            isWrite
                            ? try write(key, value, on: connection, &history) : try read(key, on: connection, &history)
                        if response.endsConnection { connections[place] = nil }
                    } catch is SocketFailure {
                        connections[place] = nil
                        pause(.milliseconds(5))
                    } catch {
                        connections[place] = nil
                        history.unknownCount += 1
                    }
                }
                return history
            }

            private func write(
                _ key: String, _ value: String, on connection: HTTPConnection, _ history: inout OperationHistory
            ) throws -> HTTPResponse {
                let start = ContinuousClock.now
                history.begun[value] = start
                let response = try connection.perform(
                    HTTPRequest("PUT", KeyTarget.v1(key, query: "timeout=2s"), body: Array(value.utf8)))
                switch (response.status, response.applied) {
                case (200, _):
                    history.operations.append(
                        OperationHistory.Operation(
                            kind: .write, key: key, value: value, revision: response.revision ?? 0, start: start,
                            end: .now))
                case (_, "unknown"):
                    history.unknownCount += 1
                case (_, "no"):
                    // The value must never be seen, so the checker takes it for one that nobody wrote.
                    history.begun[value] = nil
                default:
                    history.misplaced.append(response.testDescription)
                }
                return response
            }

            private func read(
                _ key: String, on connection: HTTPConnection, _ history: inout OperationHistory
            ) throws -> HTTPResponse {
                let start = ContinuousClock.now
                let response = try connection.perform(HTTPRequest("GET", KeyTarget.v1(key, query: "timeout=2s")))
                switch response.status {
                case 200, 404:
                    let revision =
                        response.status == 200 ? response.header("X-Skiff-Revision").flatMap { UInt64($0) } : 0
                    history.operations.append(
                        OperationHistory.Operation(
                            kind: .read, key: key, value: response.status == 200 ? response.text : "",
                            revision: revision ?? 0, start: start, end: .now))
                case 429, 503, 504:
                    break
                default:
                    history.misplaced.append(response.testDescription)
                }
                return response
            }
        }

        /// At the end every node has at least the last acknowledged write of each register, and all nodes agree.
        private func expectAllThere(_ history: OperationHistory, at nodes: [ClusterNode]) throws {
            for register in 0..<Self.registerCount {
                let key = "register/\(register)"
                let last = history.operations.filter { $0.key == key && $0.kind == .write }.map(\.revision).max() ?? 0
                let records = try nodes.map { node in
                    let response = try node.read(key)
                    return "\(response.header("X-Skiff-Revision") ?? "none") \(response.text)"
                }
                #expect(Set(records).count == 1, "\(key): \(records)")
                let revision = records.first.flatMap { $0.split(separator: " ").first }.flatMap { UInt64($0) } ?? 0
                #expect(revision >= last, "\(key): \(records), acknowledged \(last)")
                for node in nodes {
                    try waitUntil("\(node.id) has \(key)") {
                        try node.read(key, query: "stale").header("X-Skiff-Revision") == "\(revision)"
                    }
                }
            }
        }
    }
}
