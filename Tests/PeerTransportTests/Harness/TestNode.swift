import ClusterControl
import HotPath
import NIOCore
import NIOPosix
import RaftCore

@testable import PeerTransport

/// What a transport told its delegate.
enum Heard: Hashable, Sendable {
    case linkOpened(NodeID)
    case unreachable(NodeID)
    /// A `readIndexRequest`: the message that tests count with.
    case message(UInt64, from: NodeID)
    case otherMessage(from: NodeID)
    case burstEnded
    case adoptionRequested
    /// A handshake asked what this node says about itself.
    case introduced
}

/// Records what a transport says, and lets tests wait for it. Confined to the transport's loop.
final class Recorder: PeerTransportDelegate {
    private struct Waiter {
        var heard: Heard
        var count: Int
        var promise: EventLoopPromise<Void>
    }

    var own: Introduction
    private(set) var heard: [Heard] = []
    private(set) var messages: [PeerMessage] = []
    /// Set while a test calls the transport, which must not answer from inside.
    var isCalling = false
    private(set) var wasEntered = false
    var onHeard: (Heard) -> Void = { _ in }
    var onAdoption: (AdoptionRequest, @escaping (AdoptionAnswer) -> Void) -> Void = { _, answer in answer(.accepted) }
    private var waiters: [Waiter] = []
    /// The core of the node that the recorder stands for: a fresh one, that nothing is stepped at.
    private let raft: Raft

    init(_ id: NodeID, own: Introduction) {
        self.own = own
        raft = Raft(
            id: id, settings: RaftSettings(), recovered: Raft.Recovered(), seed: 1, now: Instant(nanoseconds: 0))
    }

    func count(of event: Heard) -> Int { heard.count { $0 == event } }

    /// Fails when the event stays out for good, so that a test that fails also ends.
    func wait(for event: Heard, count: Int, on loop: any EventLoop) -> EventLoopFuture<Void> {
        let promise = loop.makePromise(of: Void.self)
        waiters.append(Waiter(heard: event, count: count, promise: promise))
        loop.failLater(promise, "\(event) was not heard \(count) times, but \(heard.suffix(50))")
        wakeWaiters()
        return promise.futureResult
    }

    /// Judges as a replica does, and records what is let in.
    func received(_ message: PeerMessage, from peer: NodeID) -> PeerRefusal? {
        if let refusal = PeerGate.refusal(of: message, from: peer, at: raft) { return refusal }
        messages.append(message)
        if case .readIndexRequest(let id) = message {
            record(.message(id, from: peer))
        } else {
            record(.otherMessage(from: peer))
        }
        return nil
    }

    func receivedBurstEnded() { record(.burstEnded) }
    func linkOpened(to peer: NodeID) { record(.linkOpened(peer)) }
    func peerUnreachable(_ peer: NodeID) { record(.unreachable(peer)) }

    func introduction() -> Introduction {
        record(.introduced)
        return own
    }

    func adoptionRequested(_ request: AdoptionRequest, answer: @escaping (AdoptionAnswer) -> Void) {
        record(.adoptionRequested)
        onAdoption(request, answer)
    }

    private func record(_ event: Heard) {
        if isCalling { wasEntered = true }
        heard.append(event)
        onHeard(event)
        wakeWaiters()
    }

    private func wakeWaiters() {
        let ready = waiters.filter { count(of: $0.heard) >= $0.count }
        waiters.removeAll { count(of: $0.heard) >= $0.count }
        for waiter in ready { waiter.promise.succeed() }
    }
}

/// One node as far as the transport is concerned: a real transport on a real loop and a recording delegate.
struct TestNode: Sendable {
    static let clusterID = ClusterID(high: 1, low: 2)

    let id: NodeID
    let loop: any EventLoop
    let log: RecordingLog
    private let parts: NIOLoopBound<(transport: PeerTransport, recorder: Recorder)>

    private static func make(
        _ id: NodeID, on loop: any EventLoop, incarnation: UInt64 = 1, clusterID: ClusterID?,
        settings: PeerTransportSettings
    ) async throws -> TestNode {
        let log = RecordingLog(loop: loop)
        let parts = try await loop.submit {
            let transport = PeerTransport(
                nodeID: id, incarnation: incarnation, settings: settings, loop: loop, logger: log.makeLogger())
            let own = Introduction(clusterID: clusterID, softwareVersion: "1.0", memberCount: 1)
            let recorder = Recorder(id, own: own)
            transport.delegate = recorder
            return NIOLoopBound((transport: transport, recorder: recorder), eventLoop: loop)
        }.get()
        return TestNode(id: id, loop: loop, log: log, parts: parts)
    }

    /// Makes a node and starts it on 127.0.0.1, on a free port if `port` is 0. It is stopped with its loops.
    static func start(
        _ id: NodeID, on loops: TestLoops, incarnation: UInt64 = 1, clusterID: ClusterID? = TestNode.clusterID,
        port: Int = 0, settings: PeerTransportSettings = .forTests
    ) async throws -> TestNode {
        let node = try await make(
            id, on: loops.next(), incarnation: incarnation, clusterID: clusterID, settings: settings)
        try await loops.add(node)
        try await node.future { transport, _ in transport.start(host: "127.0.0.1", port: port) }
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
        return Member(id: id, role: .voter, raftAddress: "127.0.0.1:\(port)")
    }

    func port() async throws -> Int { try await run { transport, _ in transport.boundPort ?? 0 } }

    func shutdown() async throws { try await future { transport, _ in transport.shutdown() } }
}

/// Something that a test waits for has not happened.
struct NeverHappened: Error { var description: String }

extension EventLoop {
    /// Ends a wait in vain; of no effect on a promise that was kept.
    func failLater(_ promise: EventLoopPromise<Void>, _ description: String) {
        let timer = scheduleTask(in: .seconds(20)) { promise.fail(NeverHappened(description: description)) }
        promise.futureResult.whenComplete { _ in timer.cancel() }
    }
}

extension PeerTransportSettings {
    /// Dials quickly, and only with the lower id unless a test says otherwise; the rest as in production.
    static var forTests: PeerTransportSettings {
        var settings = PeerTransportSettings(seed: 1)
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

/// The loops of one test and the nodes on them.
struct TestLoops: Sendable {
    private let group: MultiThreadedEventLoopGroup
    private let nodes: NIOLoopBoundBox<[TestNode]>

    fileprivate init(_ count: Int) {
        group = MultiThreadedEventLoopGroup(numberOfThreads: count)
        nodes = .makeBoxSendingValue([], eventLoop: group.next())
    }

    func next() -> any EventLoop { group.next() }

    fileprivate func add(_ node: TestNode) async throws {
        try await nodes.eventLoop.submit { [nodes] in nodes.value.append(node) }.get()
    }

    fileprivate func shutdown() async throws {
        for node in try await nodes.eventLoop.submit({ [nodes] in nodes.value }).get() { try await node.shutdown() }
        try await group.shutdownGracefully()
    }
}

/// Runs `body` with loops of its own, and stops them and the nodes on them afterwards.
func withLoops(_ count: Int = 1, _ body: (TestLoops) async throws -> Void) async throws {
    let loops = TestLoops(count)
    do {
        try await body(loops)
    } catch {
        try await loops.shutdown()
        throw error
    }
    try await loops.shutdown()
}
