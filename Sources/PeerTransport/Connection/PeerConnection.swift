internal import HotPath
internal import KeyValue
internal import NIOCore
internal import RaftCore

/// One TCP connection to a peer, from its preamble to its end: the only handler in its channel.
///
/// Confined to the transport's loop. It cuts and checks bytes and knows which frame is due; the transport decides
/// who may be linked, where messages go and when to dial again. It ends exactly once, by `end(_:)`, after which nothing
/// is delivered any more: frames that an old connection still holds never reach the delegate.
final class PeerConnection: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// The reason for which this node opened the connection.
    struct Dial {
        var purpose: Hello.Purpose
        var address: PeerAddress
        /// Links only: the member that should answer.
        var nodeID: NodeID?
        /// Control only: who waits.
        var call: ControlCall?
        /// Snapshots only.
        var fetch: SnapshotFetch?
    }

    /// How a connection came to its end.
    enum End {
        /// Closed by the network or by the peer's process, without a word.
        case lost(String)
        /// This node closes it; with a goodbye if the peer may still hear it.
        case byThisNode(CloseReason, String)
        /// The peer said goodbye.
        case byPeer(Goodbye)

        /// Why, in words that may be the peer's.
        var sentence: String {
            switch self {
            case .lost(let cause): cause
            case .byThisNode(_, let sentence): sentence
            case .byPeer(let goodbye): goodbye.message
            }
        }
    }

    private let transport: PeerTransport
    /// Nil if the other side opened the connection.
    let dial: Dial?
    /// Set when the handshake is done.
    private(set) var peer: PeerIntroduction?
    /// The id that the other end claims, accepted or not.
    private(set) var nodeIDClaimed: NodeID?
    /// Set when the connection became a link.
    private(set) var wasLinked = false
    /// The snapshot that this node sends on it.
    var upload: SnapshotUpload?
    private var machine: StateMachine
    private var reader = FrameReader()
    private var context: ChannelHandlerContext?
    /// Frames that are not handed to the channel yet.
    private var outbound = ByteBuffer()
    private var outboundSequence: UInt64 = 0
    private var hasSentPreamble = false
    private var hasDeliveredInRead = false
    private var isHandlingFrames = false
    /// In the transport's list of links to flush.
    var isTouched = false
    /// Since the connection was opened or, once its handshake is done, since then.
    private var ticksInPhase = 0
    private var ticksSilent = 0
    private var ticksUnsent = 0
    /// Kept, because a closed channel no longer knows it.
    private var remoteAddress: SocketAddress?

    private var hasBegun = false

    init(transport: PeerTransport, dial: Dial?) {
        self.transport = transport
        self.dial = dial
        machine = StateMachine(side: dial == nil ? .acceptor : .dialler)
    }

    /// The link is that of a node that is not the member of its name as this node knows the members, but became one
    /// later than that: this node lags. Its requests are judged like those of everybody; its answers do not count.
    var isOtherInstance = false

    var isLinked: Bool { machine.isLinked }
    var isClosed: Bool { machine.isClosed }
    var ticksLinked: Int { machine.isLinked ? ticksInPhase : 0 }
    var closeFuture: EventLoopFuture<Void>? { context?.channel.closeFuture }
    /// Opened by the other side, and neither a link nor for a snapshot: whoever it is has proven nothing.
    var isUnauthenticated: Bool { dial == nil && !machine.isLinked && !machine.isForSnapshot }
    /// The socket takes more.
    var isWritable: Bool { context?.channel.isWritable == true }
    private var settings: PeerTransportSettings { transport.settings }

    /// Where the other end is, for people.
    var remoteDescription: String {
        if let dial { return dial.address.description }
        guard let remoteAddress else { return "an unknown address" }
        return PeerAddress(host: remoteAddress.seenHost, port: remoteAddress.port ?? 0).description
    }

    /// The host of the other end; its port, if it dialled, means nothing.
    var remoteHost: String { remoteAddress?.seenHost ?? dial?.address.host ?? "" }

    // MARK: Channel

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        if context.channel.isActive { begin() }
    }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func channelActive(context: ChannelHandlerContext) { begin() }

    func channelInactive(context: ChannelHandlerContext) { end(.lost("the connection was closed by its other end")) }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        end(.lost(ConnectFailure.cause(of: error)))
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !machine.isClosed else { return }
        ticksSilent = 0
        reader.append(unwrapInboundIn(data))
        // A frame that is answered may be answered to a socket that its peer has reset. Before the failed write closes
        // the channel, NIO reads the rest, in the middle of that frame; those bytes come after it.
        guard !isHandlingFrames else { return }
        isHandlingFrames = true
        defer { isHandlingFrames = false }
        do throws(CodecError) {
            if machine.isAwaitingPreamble {
                guard let preamble = nextPreamble() else { return }
                handle(preamble)
            }
            while !machine.isClosed, let frame = try reader.nextFrame() { try handle(frame) }
        } catch {
            end(.byThisNode(.malformed, error.description))
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) { endRead() }

    func channelWritabilityChanged(context: ChannelHandlerContext) { upload?.writabilityChanged() }

    // MARK: Frames in

    /// Once: a channel that became active while the handler was being added says so twice.
    private func begin() {
        guard !hasBegun else { return }
        hasBegun = true
        remoteAddress = context?.channel.remoteAddress
        guard transport.admit(self) else { return end(.byThisNode(.shuttingDown, "this node is stopping")) }
        guard let dial else { return }
        dial.fetch?.handshakeBegins(on: self)
        send { buffer, sequence in
            transport.hello(on: self).encode(as: .hello, into: &buffer, sequence: sequence)
        }
    }

    /// Nil until it has arrived whole, and for another protocol than ours, which ends the connection.
    private func nextPreamble() -> Preamble? {
        do throws(CodecError) {
            return try reader.nextPreamble()
        } catch {
            end(.byThisNode(.foreignProtocol, error.description))
            return nil
        }
    }

    private func handle(_ preamble: Preamble) {
        guard preamble.version == Preamble.currentVersion else {
            let sentence =
                "it speaks version \(preamble.version) of the peer protocol and not \(Preamble.currentVersion); "
                + "run the same release on both"
            return end(.byThisNode(.foreignVersion, sentence))
        }
        switch machine.preambleReceived() {
        case .awaitFrames, .doNothing: break
        }
    }

    private func handle(_ frame: Frame) throws(CodecError) {
        switch machine.frameReceived(frame.kind) {
        case .judge:
            judge(try Hello(decoding: frame))
        case .deliverMessage:
            guard let peer else { preconditionFailure("a link is open to nobody") }
            let message = try PeerMessage(decoding: frame, from: peer.nodeID, to: transport.nodeID)
            hasDeliveredInRead = true
            if isOtherInstance, message.countsForItsSender { break }
            if let refusal = transport.deliver(message, from: peer.nodeID) { try handle(refusal) }
        case .decideAdoption:
            let request = try AdoptionRequest(decoding: frame)
            transport.delegate?.adoptionRequested(request) { [self] answer in answerAdoption(answer) }
        case .completeAdoption:
            let answer = try AdoptionAnswer(decoding: frame)
            dial?.call?.succeed(answer)
            end(.byThisNode(.finished, "the adoption is answered"))
        case .handleSnapshot:
            try transport.received(try SnapshotFrame(decoding: frame), on: self)
        case .endByPeer:
            end(.byPeer(try Goodbye(decoding: frame)))
        case .violation(let sentence):
            throw CodecError(sentence)
        case .doNothing:
            break
        }
    }

    private func handle(_ refusal: PeerRefusal) throws(CodecError) {
        guard !refusal.endsLink else { throw CodecError(refusal.description) }
        transport.logDropped(refusal, on: self)
    }

    private func judge(_ hello: Hello) {
        nodeIDClaimed = hello.nodeID
        switch transport.judge(hello, on: self) {
        case .refuse(let reason, let sentence):
            end(.byThisNode(reason, sentence))
        case .link(let introduction):
            guard open(answering: hello, introduction) else { return }
            wasLinked = true
            reader.frameBytesMax = ReplicaLimits.peerFrameBytesMax
            transport.install(self, introduction)
        case .control(let introduction):
            guard open(answering: hello, introduction) else { return }
            proceed(with: introduction)
        case .snapshot(let introduction):
            guard open(answering: hello, introduction) else { return }
            // The chunks go to the side that dialled.
            if dial != nil { reader.frameBytesMax = SnapshotFrame.bytesMax }
            transport.snapshotOpened(self, introduction)
        }
    }

    /// Ends the handshake with a welcome, if one is due. False if the connection was lost on the way: a socket that the
    /// peer has closed says so when it is written to.
    private func open(answering hello: Hello, _ introduction: PeerIntroduction) -> Bool {
        peer = introduction
        if dial == nil { sendWelcome(answering: hello) }
        switch machine.handshakeDone(for: hello.purpose) {
        case .open:
            ticksInPhase = 0
            return true
        case .doNothing:
            return false
        }
    }

    private func proceed(with introduction: PeerIntroduction) {
        guard let call = dial?.call else { return }
        if let request = call.adoption {
            switch machine.adoptionWanted() {
            case .send:
                call.asks()
                send { buffer, sequence in request.encode(into: &buffer, sequence: sequence) }
            case .doNothing: break
            }
        } else {
            call.succeed(introduction)
            end(.byThisNode(.finished, "the introduction is made"))
        }
    }

    private func answerAdoption(_ answer: AdoptionAnswer) {
        transport.loop.preconditionInEventLoop()
        switch machine.adoptionDecided() {
        case .send: send { buffer, sequence in answer.encode(into: &buffer, sequence: sequence) }
        case .doNothing: break
        }
    }

    private func endRead() {
        guard hasDeliveredInRead else { return }
        hasDeliveredInRead = false
        transport.post(.readEnded)
    }

    // MARK: Frames out

    /// Queues a message for the next `writeQueued`. Dropped once more is queued than `writeQueued` lets pass.
    func queue(_ message: PeerMessage) {
        guard outbound.readableBytes <= settings.outboundBytesMax else { return }
        message.encode(into: &outbound, sequence: outboundSequence)
        outboundSequence += 1
    }

    /// Hands everything queued to the channel with one flush. Ends the link if its peer does not read.
    func writeQueued() {
        guard let context, !machine.isClosed, outbound.readableBytes > 0 else { return }
        let waiting = outbound.readableBytes + bytesInChannel(context.channel)
        guard waiting <= settings.outboundBytesMax else {
            return end(.byThisNode(.outboundFull, "it does not read: \(waiting) bytes wait for it"))
        }
        ticksUnsent = 0
        context.writeAndFlush(wrapOutboundOut(outbound), promise: nil)
        // Usually the socket has taken everything and the storage is ours again; otherwise a new one is allocated.
        if outbound.storageCapacity > TransportLimits.keptOutboundBytesMax {
            outbound = ByteBuffer()
        } else {
            outbound.clear(minimumCapacity: 0)
        }
    }

    private func bytesInChannel(_ channel: any Channel) -> Int {
        guard !channel.isWritable, let options = channel.syncOptions else { return 0 }
        do {
            return try options.getOption(.bufferedWritableBytes)
        } catch {
            // A closed channel has no such option, and no buffer either.
            return 0
        }
    }

    private func sendWelcome(answering hello: Hello) {
        send { buffer, sequence in
            var welcome = transport.hello(on: self)
            welcome.purpose = hello.purpose
            welcome.encode(as: .welcome, into: &buffer, sequence: sequence)
        }
    }

    /// Sends one frame of the transfer of a snapshot at once.
    func send(_ frame: SnapshotFrame) { send { buffer, sequence in frame.encode(into: &buffer, sequence: sequence) } }

    /// Sends one frame of the connection itself at once.
    private func send(_ encode: (inout ByteBuffer, UInt64) -> Void) {
        writePreambleOnce()
        encode(&outbound, outboundSequence)
        outboundSequence += 1
        writeQueued()
    }

    private func writePreambleOnce() {
        guard !hasSentPreamble else { return }
        hasSentPreamble = true
        Preamble().write(to: &outbound)
    }

    // MARK: Time

    /// Called once per tick: sends pings, and ends a connection that is silent or late.
    func tick() {
        ticksInPhase += 1
        ticksSilent += 1
        ticksUnsent += 1
        if machine.isLinked || machine.isForSnapshot {
            guard ticksSilent < settings.deadAfterTicks else {
                let silence = Duration.nanoseconds(settings.tick.nanoseconds * Int64(ticksSilent))
                return end(.byThisNode(.silent, "nothing was heard of it for \(silence)"))
            }
            if ticksUnsent >= settings.pingAfterTicks {
                send { buffer, sequence in Frame.write(.ping, sequence: sequence, to: &buffer) { _ in } }
            }
            upload?.tick()
        } else {
            let ticksMax = machine.isForControl ? settings.controlTicksMax : settings.handshakeTicksMax
            guard ticksInPhase < ticksMax else {
                return end(.byThisNode(.handshakeTimeout, "it did not complete the handshake in time"))
            }
        }
    }

    // MARK: End

    /// Closes the connection and reports it to the transport; without effect after the first time.
    func end(_ end: End) {
        guard machine.closed() == .tearDown else { return }
        if case .byThisNode(let reason, let sentence) = end, let context, context.channel.isActive {
            sayGoodbye(reason, sentence, on: context)
        }
        endRead()
        transport.connectionEnded(self, end)
        context?.close(promise: nil)
    }

    private func sayGoodbye(_ reason: CloseReason, _ sentence: String, on context: ChannelHandlerContext) {
        switch reason {
        case .outboundFull, .silent, .finished:
            return
        case .foreignProtocol:
            // Gets no answer in ours.
            return
        case .foreignVersion:
            writePreambleOnce()
        case .unspecified, .foreignCluster, .wrongNode, .sameNodeID, .duplicateLink, .tooManyConnections, .malformed,
            .shuttingDown, .clusterChanged, .notMember, .superseded, .handshakeTimeout, .otherInstance, .stalled:
            writePreambleOnce()
            let since = nodeIDClaimed.flatMap { transport.peer($0)?.memberSince }
            Goodbye(reason, sentence, memberSince: since).encode(into: &outbound, sequence: outboundSequence)
        }
        context.writeAndFlush(wrapOutboundOut(outbound), promise: nil)
    }
}
