import Foundation
import Testing

extension RealProcesses {
    @Suite("Many clients", .serialized)
    struct ManyWritesTests {
        private static let writeCount = 10_000
        private static let connectionCount = 64

        @Test("10,000 writes over 64 connections through random nodes are read back from every node")
        func tenThousandWrites() throws {
            try TestCluster.with { cluster in
                let nodes = cluster.nodes
                let start = ContinuousClock.now
                let failures = try onThreads(Self.connectionCount) { number in
                    var generator = SystemRandomNumberGenerator()
                    let node = nodes.randomElement(using: &generator) ?? nodes[0]
                    return try Self.write(stride(from: number, to: Self.writeCount, by: Self.connectionCount), to: node)
                }
                let written = ContinuousClock.now
                #expect(failures.flatMap(\.self).prefix(5) == [])

                for node in nodes {
                    let expected = (0..<Self.writeCount).map { (key: Self.key($0), value: Self.value($0)) }
                    let mismatches = try onThreads(4) { quarter in
                        let part = expected.indices.filter { $0 % 4 == quarter }.map { expected[$0] }
                        return try LinearizableReads.mismatches(of: part, at: node)
                    }
                    let all = mismatches.flatMap(\.self)
                    #expect(all.isEmpty, "\(all.count) at \(node.id): \(all.prefix(3))")
                }
                let read = ContinuousClock.now
                try cluster.expectSameData()
                print(
                    "\(Self.writeCount) writes in \(Int((written - start).milliseconds)) ms,",
                    "\(Self.writeCount * nodes.count) linearizable reads in \(Int((read - written).milliseconds)) ms")
            }
        }

        private static func key(_ number: Int) -> String { "many/\(number)" }

        private static func value(_ number: Int) -> String {
            "\(number) " + String(repeating: "v", count: number % 300)
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
