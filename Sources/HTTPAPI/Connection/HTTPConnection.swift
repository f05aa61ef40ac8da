internal import Accepting
internal import HotPath
internal import NIOCore
internal import NIOHTTP1

/// One HTTP/1.1 connection: the bridge between a channel and the `Conversation` on it. Everything that needs the
/// channel is here and nothing else: reads, writes, flushes, and the ways in which a connection ends.
///
/// A channel may call back while it is called, from a write or a flush too. So the conversation is never inside a call
/// of its own when the channel is called. Confined to the loop.
final class HTTPConnection: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = Never
    typealias OutboundOut = ByteBuffer

    private let table: ConnectionTable
    private let services: LoopServices
    private let place: ConnectionPlace
    /// Nil before the handler is in its pipeline and after the connection is gone.
    private var context: ChannelHandlerContext?
    private var conversation: Conversation
    private var flow: SocketFlow
    /// When the connection was accepted, if that was beyond the limit.
    private var beyondLimitSince: NIODeadline?

    /// Takes a place in the table, and gives it back when the handler leaves its pipeline, which it has to enter.
    init(table: ConnectionTable, isBeyondLimit: Bool) {
        self.table = table
        services = table.services
        place = table.takePlace()
        conversation = Conversation(at: place, isBeyondLimit: isBeyondLimit, now: table.services.now)
        flow = SocketFlow(now: table.services.now)
        if isBeyondLimit { beyondLimitSince = table.services.eventLoop.now }
    }

    // MARK: Life

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        table.add(self, at: place)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        forgetAll()
        table.remove(self, from: place)
    }

    func channelInactive(context: ChannelHandlerContext) { forgetAll() }

    private func forgetAll() {
        context = nil
        conversation.removeAll(services)
    }

    private func close() { context?.close(promise: nil) }

    /// Called when the node begins to stop: an idle connection ends at once, any other with its last answer.
    func drain() {
        if conversation.drain() { sendAnswers() }
    }

    /// The time to end in good order is over.
    func giveUp() {
        conversation.giveUp()
        sendAnswers()
        close()
    }

    // MARK: Requests

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        table.noteRead()
        guard let rest = conversation.receive(Self.unwrapInboundIn(data), table) else { return }
        if !DecodedParts.decode(rest, for: self, context) { close() }
    }

    func channelReadComplete(context: ChannelHandlerContext) { sendAnswers() }

    /// NIO's decoder is about to look at bytes.
    func bytesReachDecoder() { conversation.bytesReachDecoder(now: services.now) }

    /// The next byte belongs to a request whose head was taken.
    var isInRequest: Bool { conversation.isInRequest }

    /// Why the body of the request under way is not taken, if it is larger than any.
    var bodyTooLarge: APIError { conversation.bodyTooLarge }

    /// A part that NIO's decoder made. A `100 Continue` goes out before the next part is taken.
    func receive(_ part: HTTPServerRequestPart) {
        if conversation.receive(part, table) { sendAnswers() }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        switch UnreadableInput(error) {
        case .answer(let error):
            conversation.answerUnreadable(with: error, services)
            sendAnswers()
        case .follows: break
        case .unknown: close()
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard case .some(.inputClosed) = event as? ChannelEvent else { return }
        conversation.endInput(services)
        sendAnswers()
    }

    // MARK: Answers

    /// An outcome of the replica. Returns whether there is an answer to send; the caller then calls `sendAnswers`, once
    /// for many outcomes.
    func complete(_ request: UInt64, with outcome: Outcome) -> Bool {
        conversation.complete(request, with: outcome, services)
    }

    func complete(_ request: UInt64, prepared answer: ByteBuffer) {
        if conversation.complete(request, prepared: answer) { sendAnswers() }
    }

    /// Returns whether the connection keeps the record until it has answered.
    func complete(_ request: UInt64, record result: RecordRead.Result) -> Bool {
        let (isKept, isFirst) = conversation.complete(request, record: result)
        if isFirst { sendAnswers() }
        return isKept
    }

    /// Writes every answer that is due, as long as the socket takes them, with one flush. Called at the end of each
    /// pass of reads, of completions and of room in the socket; does nothing if there is nothing to do.
    func sendAnswers() {
        guard let context, flow.beginSending() else { return }
        // `flush` can report room re-entrantly, which is ignored while answers are written; so look again.
        while conversation.hasAnswerDue(isWritable: flow.isWritable), writeAnswers(context) { context.flush() }
        flow.endSending()
        resumeReading()
        let deadline = services.now + .milliseconds(services.settings.idleTimeoutMilliseconds)
        switch conversation.answersSent(deadline: deadline) {
        case .doNothing: break
        case .closeWhenWritten: closeWhenWritten(context)
        }
    }

    /// Returns whether there is something to flush.
    private func writeAnswers(_ context: ChannelHandlerContext) -> Bool {
        var output = services.writer.takeOutput()
        var hasWritten = false
        while true {
            let isFull = conversation.writeAnswers(isWritable: flow.isWritable, table, to: &output)
            if output.readableBytes > 0 {
                context.write(Self.wrapOutboundOut(output), promise: nil)
                hasWritten = true
            }
            guard isFull else { break }
            output.clear(minimumCapacity: HTTPLimits.writeBytesTarget)
        }
        services.writer.giveBack(output)
        if hasWritten { flow.noteAnswers(now: services.now) }
        return hasWritten
    }

    private func closeWhenWritten(_ context: ChannelHandlerContext) {
        let written = context.eventLoop.makePromise(of: Void.self)
        written.futureResult.assumeIsolated().whenComplete { [self] _ in
            let deadline = services.now + .milliseconds(HTTPLimits.lingerMilliseconds)
            switch conversation.lastAnswerWritten(deadline: deadline) {
            case .close: close()
            case .closeOutput: self.context?.close(mode: .output, promise: nil)
            case .doNothing: break
            }
        }
        context.writeAndFlush(Self.wrapOutboundOut(ByteBuffer()), promise: written)
    }

    // MARK: Flow

    /// Does not read a socket whose requests or answers pile up.
    func read(context: ChannelHandlerContext) {
        if flow.mayRead(hasRoom: conversation.hasRoom) { context.read() }
    }

    private func resumeReading() {
        guard flow.holdsReadBack, flow.resumeReading(hasRoom: conversation.hasRoom) else { return }
        restartReadClock()
        context?.read()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        flow.isWritable = context.channel.isWritable
        if flow.isWritable { sendAnswers() }
    }

    // MARK: Time

    func restartReadClock() {
        conversation.restartReadClock(now: services.now)
        if beyondLimitSince != nil { beyondLimitSince = services.now }
    }

    func enforceDeadlines() {
        if let beyondLimitSince, hasHadReserve(since: beyondLimitSince) { return close() }
        switch conversation.sweep(now: services.now) {
        case .close: return close()
        case .doNothing: return
        case .checkRequests: break
        }
        if conversation.expire(now: services.now) { sendAnswers() }
        let isIdle = flow.isIdle(now: services.now, limitMilliseconds: services.settings.idleTimeoutMilliseconds)
        switch conversation.checkClient(isIdle: isIdle, isRead: !flow.holdsReadBack, services) {
        case .close: close()
        case .send: sendAnswers()
        case .doNothing: break
        }
    }

    /// Whether a connection beyond the limit has had its time, which is shorter if others may be waiting for its place.
    private func hasHadReserve(since start: NIODeadline) -> Bool {
        let age = services.now - start
        if age > .milliseconds(HTTPLimits.reserveMilliseconds) { return true }
        return age > .milliseconds(HTTPLimits.reserveMillisecondsUnderLoad) && conversation.awaitsRequest
            && table.connections.isReserveUsedUp
    }
}
