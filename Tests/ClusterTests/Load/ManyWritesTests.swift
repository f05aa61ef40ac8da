import Foundation
import Testing

extension RealProcesses {
    @Suite("Many clients", .serialized)
    struct ManyWritesTests {
        private static let writes = NumberedWrites(count: 10_000) {
            "many/\($0)"
        } value: {
            "\($0) " + String(repeating: "v", count: $0 % 300)
        }

        @Test("10,000 writes over 64 connections through random nodes are read back from every node")
        func tenThousandWrites() throws {
            try TestCluster.with { cluster in
                let nodes = cluster.nodes
                let start = ContinuousClock.now
                let failures = try Self.writes.write(connections: 64) { _ in
                    var generator = SystemRandomNumberGenerator()
                    return nodes.randomElement(using: &generator) ?? nodes[0]
                }
                let written = ContinuousClock.now
                #expect(failures.prefix(5) == [])

                let expected = Self.writes.pairs()
                for node in nodes {
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
                    "\(expected.count) writes in \(Int((written - start).milliseconds)) ms,",
                    "\(expected.count * nodes.count) linearizable reads in \(Int((read - written).milliseconds)) ms")
            }
        }
    }
}
