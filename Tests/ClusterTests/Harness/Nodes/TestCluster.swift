import Foundation
import Glibc
import Synchronization
import Testing

/// Nodes on this machine with real sockets and real files. Use `with(…)`: it cleans up, and shows the logs of the nodes
/// when a test fails.
final class TestCluster: Sendable {
    let directory: TemporaryDirectory
    let nodes: [ClusterNode]

    /// The cluster of the running suite.
    @TaskLocal static var shared: TestCluster?

    private init(count: Int, settings: [String: String]) throws {
        let directory = try TemporaryDirectory()
        self.directory = directory
        nodes = try (1...count).map { try ClusterNode(id: "node\($0)", in: directory, settings: settings) }
    }

    subscript(index: Int) -> ClusterNode { nodes[index] }

    // MARK: Life

    /// Starts `count` nodes, of which the first `joined` become one cluster, runs a test with them, and checks at the
    /// end that none died unexpectedly.
    static func with(
        _ count: Int = 3, joined: Int? = nil, settings: [String: String] = [:],
        at location: SourceLocation = #_sourceLocation, _ body: (TestCluster) throws -> Void
    ) throws {
        let cluster = try TestCluster(count: count, settings: settings)
        defer { cluster.end() }
        cluster.recordingErrors(at: location) {
            try cluster.start(joined: joined ?? count)
            try body(cluster)
            cluster.expectNoDeaths()
        }
    }

    /// Like `with`, for a body that returns whether the cluster kept its leader. A machine that stops a node for a
    /// moment causes an election as well, so the body may run again with a fresh cluster; what it does wrong itself
    /// costs the leader each time.
    static func withSteadyLeader(
        _ claim: Comment, at location: SourceLocation = #_sourceLocation, _ body: (TestCluster) throws -> Bool
    ) throws {
        var isSteady = false
        for _ in 0..<3 where !isSteady { try with(at: location) { isSteady = try body($0) } }
        #expect(isSteady, claim, sourceLocation: location)
    }

    /// Like `with`, for all tests of a suite.
    static func sharing(settings: [String: String], _ body: () async throws -> Void) async throws {
        let cluster = try TestCluster(count: 3, settings: settings)
        defer { cluster.end() }
        var isStarted = false
        cluster.recordingErrors {
            try cluster.start(joined: 3)
            isStarted = true
        }
        guard isStarted else { return }
        NodeLogs.watch(cluster.nodes)
        defer { NodeLogs.watch([]) }
        try await $shared.withValue(cluster) { try await body() }
        cluster.expectNoDeaths()
    }

    /// Records a thrown error while the nodes still run, so that their logs are shown with it.
    private func recordingErrors(at location: SourceLocation = #_sourceLocation, _ body: () throws -> Void) {
        NodeLogs.watch(nodes)
        defer { NodeLogs.watch([]) }
        do {
            try body()
        } catch is ExpectationFailedError {
            // It was recorded already.
        } catch {
            Issue.record(error, sourceLocation: location)
        }
    }

    private func start(joined: Int) throws {
        for node in nodes { try node.start() }
        for node in nodes { try node.waitUntilReady() }
        for node in nodes.prefix(joined).dropFirst() {
            let response = try nodes[0].join(node)
            guard response.status == 200 else {
                throw WaitedInVain(description: "\(node.id) did not join: \(response.testDescription)")
            }
        }
        for node in nodes { try node.waitUntilReady() }
    }

    private func end() {
        for node in nodes {
            node.send(SIGCONT)
            node.send(SIGKILL)
        }
        for node in nodes { node.kill() }
        directory.remove()
    }

    private func expectNoDeaths() {
        for node in nodes {
            #expect(!node.hasDied, "\(node.id) ended by itself: \(String(describing: node.current?.exitStatus))")
        }
    }

    // MARK: Leadership

    /// The running leader with the highest term, once the candidates agree on one.
    func leader(among candidates: [ClusterNode]? = nil, within limit: Duration = .seconds(20)) throws -> ClusterNode {
        let asked = candidates ?? nodes
        var found: ClusterNode?
        try waitUntil("one of \(asked.map(\.id)) leads", within: limit) {
            let stats = try asked.map { ($0, try $0.stats()) }
            let term = stats.map(\.1.term).max() ?? 0
            let leaders = stats.filter { $0.1.state == "Leader" && $0.1.term == term }
            guard leaders.count == 1, stats.allSatisfy({ $0.1.term == term }) else { return false }
            found = leaders[0].0
            return true
        }
        guard let found else { throw WaitedInVain(description: "nobody leads") }
        return found
    }

    func others(than node: ClusterNode) -> [ClusterNode] { nodes.filter { $0 !== node } }

    /// Writes through every node and reads each write back from every node.
    func expectToWork(_ name: String, through nodes: [ClusterNode]? = nil) throws {
        let nodes = nodes ?? self.nodes
        for writer in nodes {
            let key = "\(name)/\(writer.id)"
            let written = try writer.put(key, name)
            #expect(written.status == 200, "PUT \(key) through \(writer.id): \(written.testDescription)")
            for reader in nodes {
                let found = try reader.read(key)
                #expect(
                    found.status == 200 && found.text == name, "GET \(key) from \(reader.id): \(found.testDescription)")
            }
        }
    }
}
