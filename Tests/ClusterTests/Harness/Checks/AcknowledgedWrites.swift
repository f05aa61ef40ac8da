import Foundation
import Testing

/// The outcomes of one writer's writes, each to a new key.
struct AcknowledgedWrites: Sendable {
    /// Keys and values of the writes that were answered with 200.
    private(set) var acknowledged: [(key: String, value: String)] = []
    /// Writes that may or may not have taken effect.
    private(set) var unknownCount = 0
    /// Answers that are neither a success nor an error that says whether the write was applied.
    private(set) var misplaced: [String] = []
    /// The longest time between two acknowledged writes.
    private(set) var longestGap = Duration.zero
    private var lastAcknowledged = ContinuousClock.now

    /// Writes one key after the other, each through the next node, until `isDone`, which is given the number of
    /// acknowledged writes. A connection is kept as long as it works; a node that cannot be reached is skipped.
    static func write(
        prefix: String, through nodes: [ClusterNode], until isDone: (_ acknowledgedCount: Int) -> Bool
    ) -> AcknowledgedWrites {
        var writes = AcknowledgedWrites()
        var connections: [HTTPConnection?] = nodes.map { _ in nil }
        var number = 0
        while !isDone(writes.acknowledged.count) {
            let place = number % nodes.count
            let key = "\(prefix)/\(number)"
            let value = "value of \(key)"
            number += 1
            do {
                let connection = try connections[place] ?? nodes[place].connect(timeout: .seconds(10))
                connections[place] = connection
                let response = try connection.perform(
                    HTTPRequest("PUT", KeyTarget.v1(key, query: "timeout=3s"), body: Array(value.utf8)))
                writes.note(response, key, value)
                if response.endsConnection { connections[place] = nil }
            } catch is SocketFailure {
                connections[place] = nil
                pause(.milliseconds(2))
            } catch {
                writes.unknownCount += 1
                connections[place] = nil
            }
        }
        return writes
    }

    mutating func note(_ response: HTTPResponse, _ key: String, _ value: String) {
        switch (response.status, response.applied) {
        case (200, _):
            acknowledged.append((key, value))
            let now = ContinuousClock.now
            longestGap = max(longestGap, now - lastAcknowledged)
            lastAcknowledged = now
        case (_, "unknown"):
            unknownCount += 1
        case (_, "no"):
            break
        default:
            misplaced.append(response.testDescription)
        }
    }

    /// Expects a linearizable read of every acknowledged write from each node.
    func expectReadable(from nodes: [ClusterNode], at location: SourceLocation = #_sourceLocation) throws {
        for node in nodes {
            let missing = try LinearizableReads.mismatches(of: acknowledged, at: node)
            #expect(
                missing.isEmpty, "\(missing.count) of \(acknowledged.count) at \(node.id): \(missing.prefix(3))",
                sourceLocation: location)
        }
    }
}

/// Reads many keys from one node, pipelined.
enum LinearizableReads {
    private static let pipelined = 32

    /// A sentence for each key that does not have its value.
    static func mismatches(of expected: [(key: String, value: String)], at node: ClusterNode) throws -> [String] {
        var mismatches: [String] = []
        let connection = try node.connect()
        var start = 0
        while start < expected.count {
            let part = expected[start..<min(start + pipelined, expected.count)]
            start += part.count
            let requests = part.map { HTTPRequest("GET", KeyTarget.v1($0.key, query: "consistency=linearizable")) }
            for (write, response) in zip(part, try connection.perform(pipelined: requests))
            where response.status != 200 || response.text != write.value {
                mismatches.append("\(write.key): \(response.testDescription)")
            }
        }
        return mismatches
    }
}
