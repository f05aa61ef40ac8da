import ClusterControl
import HotPath
import NIOCore
import RaftCore

@testable import PeerTransport

/// One node as far as the transport is concerned: a real transport on a real loop and a recording delegate.
struct TestNode: Sendable {
    static let clusterID = ClusterID(high: 1, low: 2)

    let id: NodeID
    let host: String
    let loop: any EventLoop
    let log: RecordingLog
    private let parts: NIOLoopBound<(transport: PeerTransport, recorder: Recorder)>

    private static func make(
        _ id: NodeID, at host: String, on loop: any EventLoop, startID: UInt64 = 1, clusterID: ClusterID?,
        settings: PeerTransportSettings
    ) async throws -> TestNode {
        let log = RecordingLog(loop: loop)
        let parts = try await loop.submit {
            let transport = PeerTransport(
                nodeID: id, startID: startID, settings: settings, loop: loop, logger: log.makeLogger())
            let own = Introduction(clusterID: clusterID, softwareVersion: "1.0", memberCount: 1)
            let recorder = Recorder(id, own: own)
            transport.delegate = recorder
            return NIOLoopBound((transport: transport, recorder: recorder), eventLoop: loop)
        }.get()
        return TestNode(id: id, host: host, loop: loop, log: log, parts: parts)
    }

    /// Makes a node and starts it, on a free port if `port` is 0. It is stopped with its loops.
    static func start(
        _ id: NodeID, on loops: TestLoops, startID: UInt64 = 1, clusterID: ClusterID? = TestNode.clusterID,
        host: String = "127.0.0.1", port: Int = 0, settings: PeerTransportSettings = .forTests
    ) async throws -> TestNode {
        let node = try await make(
            id, at: host, on: loops.next(), startID: startID, clusterID: clusterID, settings: settings)
        try await loops.add(node)
        try await node.future { transport, _ in transport.start(host: host, port: port) }
        return node
    }

    /// Calls the transport, or looks at the recorder, on the loop.
    @discardableResult
    func run<Value: Sendable>(
        _ body: @escaping @Sendable (PeerTransport, Recorder) throws -> Value
    ) async throws -> Value {
        try await loop.submit { [parts] in
            let (transport, recorder) = parts.value
            recorder.isCalling = true
            defer { recorder.isCalling = false }
            return try body(transport, recorder)
        }.get()
    }

    @discardableResult
    func future<Value: Sendable>(
        _ body: @escaping @Sendable (PeerTransport, Recorder) -> EventLoopFuture<Value>
    ) async throws -> Value {
        try await loop.flatSubmit { [parts] in body(parts.value.transport, parts.value.recorder) }.get()
    }

    func wait(for event: Heard, count: Int = 1) async throws {
        try await future { [loop] _, recorder in recorder.wait(for: event, count: count, on: loop) }
    }

    /// Waits until a condition holds that nothing announces.
    func waitUntil(_ condition: @escaping @Sendable (PeerTransport, Recorder) -> Bool) async throws {
        while try await !run(condition) {
            try Task.checkCancellation()
            await Task.yield()
        }
    }

    func setMembers(_ members: [Member]) async throws {
        try await run { transport, _ in transport.membersChanged(members) }
    }

    /// Queues and flushes numbered messages to one peer.
    func send(_ numbers: ClosedRange<UInt64>, to peer: NodeID) async throws {
        try await run { transport, _ in
            for number in numbers { transport.send(.readIndexRequest(id: number), to: peer) }
            transport.flush()
        }
    }

    func heard() async throws -> [Heard] { try await run { _, recorder in recorder.heard } }

    func warnings() async throws -> [RecordingLog.Line] { try await run { [log] _, _ in log.warnings } }

    func member() async throws -> Member {
        let port = try await run { transport, _ in transport.boundPort ?? 0 }
        return Member(id: id, role: .voter, raftAddress: "\(host):\(port)")
    }

    func port() async throws -> Int { try await run { transport, _ in transport.boundPort ?? 0 } }

    func shutdown() async throws { try await future { transport, _ in transport.shutdown() } }
}

extension PeerTransportSettings {
    /// Dials quickly, and only with the lower id unless a test says otherwise; the rest as in production, except that
    /// no tick comes: neither a handshake nor a silent peer takes too long, however slow the machine is.
    static var forTests: PeerTransportSettings {
        var settings = PeerTransportSettings(seed: 1)
        settings.tick = .hours(1)
        settings.dialPauseMin = .milliseconds(1)
        settings.dialPauseMax = .milliseconds(5)
        settings.passiveDialPause = .hours(1)
        settings.firstPassiveDialPause = .hours(1)
        return settings
    }

    /// Counts silence in milliseconds instead of seconds.
    static var impatient: PeerTransportSettings {
        var settings = forTests
        settings.tick = .milliseconds(5)
        return settings
    }
}
