internal import HotPath
internal import KeyValue
internal import Logging
internal import NIOCore
internal import RaftCore

/// A snapshot on its way to one follower, over one connection that the follower has opened. Confined to the loop.
///
/// It holds at most one chunk, which was read and waits for a credit, for room in the socket and for its turn. It never
/// closes the connection after a last word, which would be lost with what the socket still holds: the receiver does.
final class SnapshotUpload {
    let peer: PeerIntroduction
    private let transport: PeerTransport
    /// Nil once it is over.
    private var connection: PeerConnection?
    private var order = SnapshotSending()
    private var snapshot: (any OpenSnapshot)?
    private var isReading = false
    private var chunk: ByteBuffer?
    private var ticksStalled = 0
    private(set) var meter: SnapshotMeter?

    init(to peer: PeerIntroduction, over connection: PeerConnection, of transport: PeerTransport) {
        self.peer = peer
        self.connection = connection
        self.transport = transport
    }

    var isActive: Bool { order.isActive }

    /// A chunk is there, and the receiver and the socket have room for it.
    var canSend: Bool { chunk != nil && order.credits > 0 && connection?.isWritable == true }

    func received(_ frame: SnapshotFrame) throws(CodecError) {
        // The moment before its request is none at which it takes up room.
        let hasRoom = transport.uploads.hasRoom
        switch order.received(frame) {
        case .open(let request): open(request, hasRoom: hasRoom)
        case .proceed: proceed()
        case .doNothing: break
        case .violation(let sentence): throw CodecError(sentence)
        }
        ticksStalled = 0
    }

    /// The socket has room again.
    func writabilityChanged() { if canSend { transport.uploads.offer(self) } }

    private func open(_ request: SnapshotRequest, hasRoom: Bool) {
        meter = SnapshotMeter(.sending, peer.nodeID, request, since: transport.loop.now)
        guard hasRoom else { return refuse(SnapshotRefusal(.busy, "it sends as many snapshots as it may")) }
        guard let source = transport.snapshotSource else {
            return refuse(SnapshotRefusal(.gone, "it has no snapshots"))
        }
        source.openSnapshot(request, for: peer.nodeID) { [self] opening in opened(opening, request) }
    }

    private func opened(_ opening: SnapshotOpening, _ request: SnapshotRequest) {
        transport.loop.preconditionInEventLoop()
        switch opening {
        case .open(let snapshot):
            guard let connection else { return snapshot.close() }
            guard request.id == nil || request.id == snapshot.id else {
                snapshot.close()
                return refuse(SnapshotRefusal(.gone, "it has another snapshot now"))
            }
            order.opened()
            self.snapshot = snapshot
            transport.logSnapshotBegins(meter, isResumed: request.position.readableBytes > 0)
            connection.send(.opened(snapshot.id))
            proceed()
        case .refused(let refusal):
            if connection != nil { refuse(refusal) }
        }
    }

    /// Reads the next chunk, or sends the one that is there.
    private func proceed() {
        guard connection != nil, order.isSending else { return }
        if canSend { return transport.uploads.offer(self) }
        guard let snapshot, chunk == nil, !isReading else { return }
        isReading = true
        snapshot.readNext { [self] read in hasRead(read) }
    }

    private func hasRead(_ read: SnapshotRead) {
        transport.loop.preconditionInEventLoop()
        precondition(isReading || connection == nil, "one read of a snapshot has ended twice")
        isReading = false
        guard let connection else { return }
        ticksStalled = 0
        switch read {
        case .chunk(let bytes):
            precondition(
                (1...SnapshotTransfer.chunkBytesMax).contains(bytes.readableBytes),
                "a chunk of \(bytes.readableBytes) bytes was read")
            chunk = bytes
            proceed()
        case .end(let total):
            precondition(total.readableBytes <= SnapshotTransfer.totalBytesMax, "the account of a snapshot is too long")
            order.ended()
            closeSnapshot()
            connection.send(.end(total: total))
            transport.logSnapshotEnds(meter, "all of it is sent", level: .info)
        case .refused(let refusal):
            refuse(refusal)
        }
    }

    /// The size of the chunk that waits.
    var chunkBytes: Int { chunk?.readableBytes ?? 0 }

    /// Hands the chunk to the socket. Only if it `canSend`.
    func sendChunk() {
        guard let bytes = chunk, let connection else { preconditionFailure("a chunk is sent that is not there") }
        chunk = nil
        order.chunkSent()
        meter?.add(bytes.readableBytes)
        ticksStalled = 0
        connection.send(.chunk(bytes))
        proceed()
    }

    private func refuse(_ refusal: SnapshotRefusal) {
        order.ended()
        closeSnapshot()
        chunk = nil
        connection?.send(.refused(refusal))
        transport.logSnapshotEnds(meter, refusal.message, level: refusal.reason == .busy ? .debug : .info)
    }

    private func closeSnapshot() {
        snapshot?.close()
        snapshot = nil
    }

    // MARK: Time and end

    /// Once per tick of an open connection.
    func tick() {
        ticksStalled += 1
        if order.isActive { transport.logSnapshotProgress(&meter) }
        guard ticksStalled >= stallTicksMax else { return }
        end(.stalled, stallSentence)
    }

    private var stallTicksMax: Int {
        order.isAwaitingRequest ? transport.settings.handshakeTicksMax : transport.settings.snapshotStallTicksMax
    }

    private var stallSentence: String {
        if order.isAwaitingRequest { return "it opened a connection for a snapshot and asks for none" }
        if !order.isActive { return "the transfer of a snapshot has ended, and it does not close the connection" }
        if isReading || snapshot == nil { return "no more of the snapshot could be read here for too long" }
        return "it has taken nothing of the snapshot for too long"
    }

    /// Gives up the connection.
    func end(_ reason: CloseReason, _ sentence: String) { connection?.end(.byThisNode(reason, sentence)) }

    /// The connection has ended.
    func connectionEnded(_ reason: String) {
        connection = nil
        closeSnapshot()
        chunk = nil
        if order.isActive {
            order.ended()
            transport.logSnapshotEnds(meter, reason, level: .info)
        }
        transport.uploads.remove(self)
    }
}
