internal import HotPath
internal import KeyValue
internal import Logging
internal import NIOCore
internal import RaftCore

/// A snapshot on its way from one peer to this node. Confined to the loop.
///
/// It dials the peer, again and again, and continues after the last chunk that the sink has taken. At most
/// `TransportLimits.snapshotCreditsMax` chunks are here or on their way and not taken. It is over exactly once: when
/// the sink has everything, by a refusal that stays true, by a sink that fails, when nothing moved for too long, or
/// when it is cancelled.
final class SnapshotFetch {
    private enum Way {
        case none
        case waiting(Scheduled<Void>)
        case connecting
        /// From the opening of the connection to its end.
        case connected(PeerConnection)
    }

    let peer: NodeID
    private let transport: PeerTransport
    private let sink: any SnapshotSink
    /// Nil once it is over.
    private var onEnd: ((SnapshotFetchEnd) -> Void)?
    /// What to ask for next: with the id once that is known, after the last chunk taken.
    private var request: SnapshotRequest
    private var way = Way.none
    /// Of the connection.
    private var order = SnapshotReceiving(credits: TransportLimits.snapshotCreditsMax)
    /// Those that have arrived and wait for the sink.
    private var chunks = CircularBuffer<ByteBuffer>()
    private var total: ByteBuffer?
    private var isSinkBusy = false
    private var pause: DialPause
    private var ticksWithoutProgress = 0
    private var ticksWithoutFrame = 0
    /// Why the last attempt has ended.
    private var lastReason = "no connection was opened yet"
    private(set) var meter: SnapshotMeter?

    init(
        _ request: SnapshotRequest, from peer: NodeID, of transport: PeerTransport, into sink: any SnapshotSink,
        onEnd: @escaping (SnapshotFetchEnd) -> Void
    ) {
        self.request = request
        self.peer = peer
        self.transport = transport
        self.sink = sink
        self.onEnd = onEnd
        pause = DialPause(shortest: transport.settings.dialPauseMin, longest: transport.settings.dialPauseMax)
        meter = SnapshotMeter(.receiving, peer, request, since: transport.loop.now)
    }

    var isOver: Bool { onEnd == nil }

    // MARK: Dialling

    func start() { scheduleDial(in: .zero) }

    private func scheduleDial(in pause: TimeAmount) {
        way = .waiting(
            transport.loop.assumeIsolated().scheduleTask(in: pause) { [self] in
                way = .none
                if !isOver { dial() }
            })
    }

    private func dial() {
        let text = transport.address(of: peer)
        let address: PeerAddress
        do throws(TransportError) {
            address = try PeerAddress(parsing: text)
        } catch {
            return interrupted(text.isEmpty ? "no address of it is known" : error.message)
        }
        way = .connecting
        let sockets = transport.sockets
        sockets.connect(
            to: address, timeout: transport.settings.connectTimeout, lookupsMax: TransportLimits.lookupsMax
        )
        .assumeIsolated()
        .whenComplete { [self] result in
            if case .connecting = way { way = .none }
            connected(to: address, result)
        }
    }

    private func connected(to address: PeerAddress, _ result: Result<any Channel, any Error>) {
        switch result {
        case .success(let channel):
            guard !isOver else { return channel.close(promise: nil) }
            let dial = PeerConnection.Dial(purpose: .snapshot, address: address, nodeID: peer, call: nil, fetch: self)
            if transport.handOver(channel, dial) == nil { interrupted("the connection closed at once") }
        case .failure(let error):
            if !isOver { interrupted(ConnectFailure.cause(of: error)) }
        }
    }

    /// The connection is up, and its handshake begins.
    func handshakeBegins(on connection: PeerConnection) { way = .connected(connection) }

    /// The handshake is done.
    func opened(_ connection: PeerConnection) {
        guard !isOver else { return }
        ticksWithoutFrame = 0
        order = SnapshotReceiving(credits: TransportLimits.snapshotCreditsMax)
        connection.send(.request(request, credits: TransportLimits.snapshotCreditsMax))
    }

    // MARK: Frames

    func received(_ frame: SnapshotFrame, on connection: PeerConnection) throws(CodecError) {
        guard !isOver else { return }
        ticksWithoutFrame = 0
        switch order.received(frame) {
        case .note(let id): try note(id)
        case .take:
            if case .chunk(let bytes) = frame { chunks.append(bytes) }
            feedSink()
        case .complete:
            if case .end(let total) = frame { self.total = total }
            feedSink()
        case .heed(let refusal): heed(refusal, on: connection)
        case .violation(let sentence): throw CodecError(sentence)
        }
    }

    private func note(_ id: SnapshotID) throws(CodecError) {
        guard request.id == nil || request.id == id else {
            throw CodecError("it sends another snapshot than the one that was asked for")
        }
        if request.position.readableBytes > 0 { meter?.resume() }
        request.id = id
        transport.logSnapshotBegins(meter, isResumed: request.position.readableBytes > 0)
    }

    private func heed(_ refusal: SnapshotRefusal, on connection: PeerConnection) {
        switch refusal.reason {
        case .gone: finish(.gone(refusal.message))
        case .failed: finish(.failed(refusal.message))
        case .busy:
            // A peer that says so is alive: waiting is bounded by its other transfers.
            ticksWithoutProgress = 0
            connection.end(.byThisNode(.finished, refusal.message))
        }
    }

    // MARK: Sink

    private func feedSink() {
        guard !isOver, !isSinkBusy else { return }
        if let chunk = chunks.popFirst() {
            isSinkBusy = true
            sink.take(chunk) { [self] result in taken(chunk.readableBytes, result) }
        } else if let total {
            isSinkBusy = true
            sink.finish(total: total) { [self] result in finished(result) }
        }
    }

    private func taken(_ bytes: Int, _ result: Result<ByteBuffer, SnapshotSinkFailure>) {
        sinkIsDone()
        guard !isOver else { return }
        switch result {
        case .success(let position):
            precondition(
                (1...SnapshotTransfer.positionBytesMax).contains(position.readableBytes),
                "a chunk was taken up to a position of \(position.readableBytes) bytes")
            request.position = position
            meter?.add(bytes)
            ticksWithoutProgress = 0
            pause.reset()
            if case .connected(let connection) = way, order.grant() { connection.send(.credit(1)) }
            feedSink()
            dialAgainIfIdle()
        case .failure(let failure):
            finish(.failed(failure.message))
        }
    }

    private func finished(_ result: Result<Void, SnapshotSinkFailure>) {
        sinkIsDone()
        guard !isOver else { return }
        switch result {
        case .success: finish(.complete)
        case .failure(let failure): finish(.failed(failure.message))
        }
    }

    private func sinkIsDone() {
        transport.loop.preconditionInEventLoop()
        precondition(isSinkBusy, "a chunk of a snapshot was taken twice")
        isSinkBusy = false
    }

    // MARK: Ends

    /// Called once by each of its connections.
    func connectionEnded(_ connection: PeerConnection, _ end: PeerConnection.End) {
        guard case .connected(let current) = way, current === connection else { return }
        way = .none
        guard !isOver, total == nil else { return }
        if case .byPeer(let goodbye) = end, Self.isFinal(goodbye.reason, connection) {
            return finish(.failed(goodbye.message))
        }
        interrupted(end.sentence)
    }

    /// Whether dialling again is of no use.
    private static func isFinal(_ reason: CloseReason, _ connection: PeerConnection) -> Bool {
        switch reason {
        // An older release does not understand the hello.
        case .malformed: connection.peer == nil
        case .foreignCluster, .sameNodeID, .otherInstance, .notMember: true
        case .unspecified, .wrongNode, .duplicateLink, .tooManyConnections, .shuttingDown, .clusterChanged,
            .superseded, .handshakeTimeout, .silent, .outboundFull, .foreignVersion, .finished, .foreignProtocol,
            .stalled:
            false
        }
    }

    private func interrupted(_ reason: String) {
        lastReason = reason
        transport.logSnapshotPause(meter, peer, reason)
        dialAgainIfIdle()
    }

    /// Not before everything that has arrived is taken: only then it is known where to continue.
    private func dialAgainIfIdle() {
        guard !isOver, case .none = way, !isSinkBusy, chunks.isEmpty, total == nil else { return }
        scheduleDial(in: pause.next(using: &transport.jitter))
    }

    /// Once per tick of the transport.
    func tick() {
        guard !isOver else { return }
        transport.logSnapshotProgress(&meter)
        ticksWithoutProgress += 1
        ticksWithoutFrame += 1
        guard ticksWithoutProgress < transport.settings.snapshotProgressTicksMax else {
            return finish(.failed("nothing of the snapshot arrived for too long: \(lastReason)"))
        }
        // While there is something to take, the delay is this node's own.
        guard case .connected(let connection) = way, !isSinkBusy,
            ticksWithoutFrame >= transport.settings.snapshotStallTicksMax
        else { return }
        connection.end(.byThisNode(.stalled, "it has sent nothing of the snapshot for too long"))
    }

    func cancel() { finish(.cancelled) }

    private func finish(_ end: SnapshotFetchEnd) {
        guard let onEnd else { return }
        self.onEnd = nil
        chunks.removeAll()
        transport.fetchEnded(self)
        transport.logSnapshotEnds(meter, end.sentence, level: end.isFailure ? .warning : .info)
        let way = way
        self.way = .none
        switch way {
        case .none, .connecting: break
        case .waiting(let timer): timer.cancel()
        case .connected(let connection): connection.end(.byThisNode(.finished, end.sentence))
        }
        // Never from inside a call of whoever waits.
        transport.loop.assumeIsolated().execute { onEnd(end) }
    }
}

extension SnapshotFetchEnd {
    fileprivate var isFailure: Bool { if case .failed = self { true } else { false } }

    fileprivate var sentence: String {
        switch self {
        case .complete: "all of it is here"
        case .gone(let reason), .failed(let reason): reason
        case .cancelled: "nobody wants it any more"
        }
    }
}
