import ClusterControl
import HotPath
import NIOCore
import RaftCore

@testable import PeerTransport

/// An event that a transport's delegate heard of.
enum Heard: Hashable, Sendable {
    case linkOpened(NodeID)
    case unreachable(NodeID)
    /// A `readIndexRequest`: the message that tests count with.
    case message(UInt64, from: NodeID)
    case otherMessage(from: NodeID)
    case readEnded
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
    /// The snapshots of this node, which its transport does not keep alive.
    var source: TestSource?
    /// Those of the snapshots that this node has fetched.
    var sinks: [TestSink] = []
    /// Set while a test calls the transport, which must not answer from inside.
    var isCalling = false
    private(set) var wasEntered = false
    var onHeard: (Heard) -> Void = { _ in }
    var onAdoption: (AdoptionRequest, @escaping (AdoptionAnswer) -> Void) -> Void = { _, answer in
        answer(.accepted(InstanceID(high: 1, low: 2)))
    }
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

    func receivedReadEnded() { record(.readEnded) }
    func linkOpened(to peer: NodeID) { record(.linkOpened(peer)) }
    func peerUnreachable(_ peer: NodeID) { record(.unreachable(peer)) }

    func introduction() -> Introduction {
        record(.introduced)
        return own
    }

    func expected(by peer: NodeID, of cluster: ClusterID) {}
    func displaced(by peer: NodeID, since: LogIndex) {}

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
