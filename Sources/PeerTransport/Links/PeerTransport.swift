internal import Bytes
package import HotPath
package import Logging
package import NIOCore
package import RaftCore

/// The links of one node to its peers: a listener, at most one connection per peer, and the handshakes before them.
///
/// Confined to one event loop, the replica's; every method must be called there. Owns all its channels. Messages go to
/// the delegate as they are read and leave when `flush` is called; nothing is kept for a peer without a link, repeated,
/// or acknowledged, since every protocol above does that for itself. It decides neither membership nor adoption.
///
/// The node with the lower id dials. Where both have dialled, the connection of the lower id stays. The same node in
/// another start replaces its predecessor.
package final class PeerTransport: PeerLinks {
    enum State: Hashable { case idle, running, stopped }

    /// News for the delegate other than messages.
    enum Notice {
        case linkOpened(NodeID)
        case unreachable(NodeID)
        case readEnded
    }

    package let nodeID: NodeID
    /// 64 random bits per start of the process, which let a peer distinguish a restart from a lost connection.
    package let startID: UInt64
    /// Weak: the owner of the delegate owns the transport.
    package weak var delegate: (any PeerTransportDelegate)?
    /// The port of the listener, once started.
    package private(set) var boundPort: Int?

    let loop: any EventLoop
    package let settings: PeerTransportSettings
    let logger: Logger
    var state = State.idle
    /// Ordered by id.
    var peers: [Peer] = []
    /// Every open connection, in the order of opening.
    var connections: [PeerConnection] = []
    /// Those that are not done, and some that are.
    var controlCalls: [ControlCall] = []
    var throttle: LogThrottle
    var jitter: SplitMix64
    let sockets: any PeerSockets
    /// Weak: the owner of the source owns the transport. Without one every follower hears that there is no snapshot.
    package weak var snapshotSource: (any SnapshotSource)?
    let uploads: SnapshotUploads
    /// The one snapshot that this node fetches.
    var fetch: SnapshotFetch?
    private var listener: (any Channel)?
    private var ticker: Scheduled<Void>?
    /// Links with queued messages.
    private var touched: [PeerConnection] = []
    /// Given once the delegate's own call has returned.
    private var notices: [Notice] = []
    private var isCalledByDelegate = false

    /// `startID` names this start of the process; `loop` is where everything happens. Without `sockets` it has those of
    /// the operating system.
    package init(
        nodeID: NodeID, startID: UInt64, settings: PeerTransportSettings, loop: any EventLoop, logger: Logger,
        sockets: (any PeerSockets)? = nil
    ) {
        precondition(!nodeID.name.isEmpty, "a node needs an id")
        precondition(nodeID.name.utf8.count <= TransportLimits.textBytesMax, "the node id is too long for a handshake")
        precondition(settings.pingAfterTicks < settings.deadAfterTicks, "a healthy idle link would count as dead")
        self.nodeID = nodeID
        self.startID = startID
        self.settings = settings
        self.loop = loop
        self.logger = logger
        throttle = LogThrottle(interval: settings.logRepeatInterval)
        jitter = SplitMix64(seed: settings.seed)
        uploads = SnapshotUploads(loop: loop, bytesPerSecond: settings.snapshotBytesPerSecondMax)
        self.sockets = sockets ?? SystemSockets(settings, loop: loop, logger: logger)
    }

    // MARK: Life

    /// Opens the listener, then dials the members. An empty host means all interfaces. Fails with a `TransportError`
    /// that says what to do. Call once, with the delegate set.
    package func start(host: String, port: Int) -> EventLoopFuture<Void> {
        loop.preconditionInEventLoop()
        precondition(state == .idle, "a transport is started once")
        precondition(delegate != nil, "a transport without a delegate has nothing to say in a handshake")
        state = .running
        let promise = loop.makePromise(of: Void.self)
        let listening = sockets.listen(host: host, port: port) { [self] in PeerConnection(transport: self, dial: nil) }
        listening.assumeIsolated().whenComplete { [self] result in
            switch result {
            case .success(let channel) where state == .running:
                listener = channel
                boundPort = channel.localAddress?.port
                scheduleTick()
                for peer in peers { scheduleDial(peer, in: firstPause(peer)) }
                promise.succeed()
            case .success(let channel):
                channel.close(promise: nil)
                promise.fail(Self.shutDownError)
            case .failure(let error):
                state = .stopped
                promise.fail(error)
            }
        }
        return promise.futureResult
    }

    /// Says goodbye to all peers and closes everything; done when the last channel is closed. The delegate hears
    /// nothing any more.
    package func shutdown() -> EventLoopFuture<Void> {
        loop.preconditionInEventLoop()
        state = .stopped
        ticker?.cancel()
        for peer in peers { peer.cancelWaiting() }
        fetch?.cancel()
        var closed: [EventLoopFuture<Void>] = []
        if let listener {
            closed.append(listener.closeFuture)
            listener.close(promise: nil)
        }
        for connection in connections {
            if let future = connection.closeFuture { closed.append(future) }
            connection.end(.byThisNode(.shuttingDown, "this node is stopping"))
        }
        notices.removeAll()
        return EventLoopFuture.andAllComplete(closed, on: loop)
    }

    // MARK: PeerLinks

    package func send(_ message: PeerMessage, to id: NodeID) {
        loop.assertInEventLoop()
        if case .raft(let raftMessage, _) = message {
            assert(raftMessage.from == nodeID, "a message of \(raftMessage.from) is sent by \(nodeID)")
            assert(raftMessage.to == id, "a message for \(raftMessage.to) is sent to \(id)")
        }
        guard let link = peer(id)?.link else { return }
        link.queue(message)
        if !link.isTouched {
            link.isTouched = true
            touched.append(link)
        }
    }

    package func flush() {
        loop.assertInEventLoop()
        calledByDelegate {
            for link in touched {
                link.isTouched = false
                link.writeQueued()
            }
            touched.removeAll(keepingCapacity: true)
        }
    }

    package func isLinked(to id: NodeID) -> Bool {
        loop.assertInEventLoop()
        return peer(id)?.link != nil
    }

    package func membersChanged(_ members: [Member]) {
        loop.preconditionInEventLoop()
        calledByDelegate { updateMembers(members) }
    }

    // MARK: More than the port

    /// Closes all links, because the introduction now has another cluster id, and dials the members anew. Control
    /// connections stay: an adoption is answered on one.
    package func clusterIDChanged() {
        loop.preconditionInEventLoop()
        calledByDelegate { reopenLinks() }
    }

    /// The handshake of the peer at the other end of the open link to `id`; nil without a link.
    package func introduction(of id: NodeID) -> PeerIntroduction? {
        loop.assertInEventLoop()
        return peer(id)?.link?.peer
    }

    // MARK: Delegate

    /// Marks the time in which the delegate has called and must not be called.
    private func calledByDelegate(_ body: () -> Void) {
        let isOutermost = !isCalledByDelegate
        isCalledByDelegate = true
        body()
        guard isOutermost else { return }
        isCalledByDelegate = false
        if !notices.isEmpty { loop.assumeIsolated().execute { [self] in giveNotices() } }
    }

    func post(_ notice: Notice) {
        guard state == .running else { return }
        notices.append(notice)
        if !isCalledByDelegate { giveNotices() }
    }

    func deliver(_ message: PeerMessage, from id: NodeID) -> PeerRefusal? {
        if !notices.isEmpty { giveNotices() }
        return delegate?.received(message, from: id)
    }

    private func giveNotices() {
        // By index: what a notice makes the delegate do may add another.
        var position = 0
        while position < notices.count {
            switch notices[position] {
            case .linkOpened(let id): delegate?.linkOpened(to: id)
            case .unreachable(let id): delegate?.peerUnreachable(id)
            case .readEnded: delegate?.receivedReadEnded()
            }
            position += 1
        }
        notices.removeAll(keepingCapacity: true)
    }

    // MARK: Time

    private func scheduleTick() {
        ticker = loop.assumeIsolated().scheduleTask(in: settings.tick) { [self] in
            // A copy: what is silent leaves the list.
            for connection in connections { connection.tick() }
            fetch?.tick()
            for peer in peers where (peer.link?.ticksLinked ?? 0) == settings.stableAfterTicks { peer.pause.reset() }
            scheduleTick()
        }
    }

    func peer(_ id: NodeID) -> Peer? {
        // At most a handful: comparing short ids in a row beats hashing one.
        for peer in peers where peer.id == id { return peer }
        return nil
    }

    static var shutDownError: TransportError {
        TransportError(.shutDown, "the node that was to dial is stopping; ask again", address: "")
    }
}
