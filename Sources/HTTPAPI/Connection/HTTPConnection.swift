internal import HotPath
internal import NIOCore
internal import NIOHTTP1

/// One HTTP/1.1 connection: finds the requests in the bytes that arrive, hands them to their routes, and writes answers
/// in the order of their requests.
///
/// It joins four values, each of which keeps its own rules. Pipelined requests are all under way at once:
///
/// ```
/// bytes ──► RequestIntake ──► Route ──► gateway ─ ─ ─ ► replica
///                               ▼
///                          AnswerQueue  ◄─ ─ ─ ─ ─ ─ completion, in any order
///                               ▼ while the first is answered and the socket takes it
///                            socket, one buffer and one flush for all
/// ```
///
/// Confined to the loop.
final class HTTPConnection: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = Never
    typealias OutboundOut = ByteBuffer

    private let table: ConnectionTable
    private let services: LoopServices
    /// Nil before the handler is in its pipeline.
    private var place: ConnectionPlace?
    /// Nil before the handler is in its pipeline and after the connection is gone.
    private var context: ChannelHandlerContext?
    private var state = StateMachine()
    private var intake: RequestIntake
    private var answers: AnswerQueue
    private var flow: SocketFlow

    init(table: ConnectionTable) {
        self.table = table
        services = table.services
        intake = RequestIntake(now: services.now)
        answers = AnswerQueue(of: ConnectionPlace(sink: 0, slot: 0, generation: 0))
        flow = SocketFlow(now: services.now)
    }

    // MARK: Life

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        let place = table.add(self)
        self.place = place
        answers = AnswerQueue(of: place)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        forgetAll()
        if let place { table.remove(self, from: place) }
    }

    func channelInactive(context: ChannelHandlerContext) { forgetAll() }

    private func forgetAll() {
        context = nil
        state.closed()
        intake.removeAll(&services.bodies)
        answers.removeAll(services)
    }

    private func close() { context?.close(promise: nil) }

    /// Called when the node begins to stop: an idle connection ends at once, any other with its last answer.
    func drain() {
        guard state.isBetweenRequests, answers.isEmpty else { return }
        state.inputEnded()
        sendAnswers()
    }

    /// The time to end in good order is over.
    func giveUp() {
        answers.giveUp()
        sendAnswers()
        close()
    }

    // MARK: Bytes

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        table.noteRead()
        var bytes = intake.join(Self.unwrapInboundIn(data))
        while state.takesInput, let part = intake.next(in: &bytes, services.settings, now: services.now) {
            switch part {
            case .head: takeHead()
            case .body(let part): takeBody(part)
            case .end: takeEnd()
            case .undecoded(let bytes):
                if !DecodedParts.decode(bytes, for: self, context) { close() }
            }
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) { sendAnswers() }

    /// NIO's decoder is about to look at bytes.
    func bytesReachDecoder() {
        intake.bytesReachDecoder(isBetweenRequests: state.isBetweenRequests, now: services.now)
    }

    /// It has made a head of those bytes.
    var hasDecodedHead: Bool { intake.hasDecodedHead }

    /// A part that NIO's decoder made.
    func receive(_ part: HTTPServerRequestPart) {
        guard state.takesInput else { return }
        switch part {
        case .head(let head):
            intake.begin(with: head, services.settings, now: services.now)
            takeHead()
        case .body(let part): takeBody(part)
        case .end: takeEnd()
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        switch UnreadableInput(error) {
        case .answer(let error): answerUnreadable(with: error)
        case .follows: break
        case .unknown: close()
        }
    }

    /// The client sends no more. It may have closed only its own half, so the requests before are answered.
    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard case .some(.inputClosed) = event as? ChannelEvent else { return }
        if intake.isInsideRequest { answerUnreadable(with: .endsInsideRequest()) }
        state.inputEnded()
        intake.dropBody(&services.bodies)
        sendAnswers()
    }

    // MARK: Requests

    private func takeHead() {
        if table.isDraining { intake.request.head.closes = true }
        let plan = intake.request.planBody()
        intake.begin(plan)
        switch state.headTaken(plan, expectsContinue: intake.request.head.expectsContinue) {
        case .awaitBody: break
        case .sendContinue: sendAnswers()
        case .answer: answerBeforeEnd()
        }
    }

    private func takeBody(_ part: ByteBuffer) {
        guard state.isInRequest else { return }
        switch intake.collect(part, &services.bodies) {
        case .goesOn: break
        case .endless:
            guard case .answer = state.inputBecameUnreadable() else { return }
            answerBeforeEnd()
        }
    }

    private func takeEnd() {
        switch state.requestEnded(closes: intake.request.head.closes) {
        case .doNothing: break
        case .carryOut:
            if let refusal = intake.request.head.refusal {
                answers.append(refusal, for: intake.request.head, services)
            } else if let route = intake.request.head.route {
                route.carryOut(&intake.request, &answers, table)
            } else {
                preconditionFailure("a request without a route was not refused")
            }
            intake.dropBody(&services.bodies)
        }
    }

    /// Answers the refused request whose body is not worth waiting for.
    private func answerBeforeEnd() {
        intake.makeLast(isNew: false, &services.bodies)
        guard let refusal = intake.request.head.refusal else {
            preconditionFailure("a request was answered before its end without a reason")
        }
        answers.append(refusal, for: intake.request.head, services)
        sendAnswers()
    }

    /// Answers input that is not a request, or not one that will be complete, in the place of its answer.
    private func answerUnreadable(with error: APIError) {
        guard case .answer(let isNew) = state.inputBecameUnreadable() else { return }
        intake.makeLast(isNew: isNew, &services.bodies)
        intake.request.head.isHead = false
        answers.append(error, for: intake.request.head, services)
        sendAnswers()
    }

    // MARK: Answers

    /// An outcome of the replica. Returns whether there is an answer to send; the caller then calls `sendAnswers`, once
    /// for many outcomes.
    func complete(_ request: UInt64, with outcome: Outcome) -> Bool {
        answers.complete(request, with: outcome, services)
    }

    func complete(_ request: UInt64, prepared answer: ByteBuffer) {
        if answers.complete(request, prepared: answer) { sendAnswers() }
    }

    /// Returns whether the connection keeps the record until it has answered.
    func complete(_ request: UInt64, record result: RecordRead.Result) -> Bool {
        let (isKept, isFirst) = answers.complete(request, record: result)
        if isFirst { sendAnswers() }
        return isKept
    }

    /// Writes every answer that is due, as long as the socket takes them, with one flush. Called at the end of each
    /// pass of reads, of completions and of room in the socket; does nothing if there is nothing to do.
    func sendAnswers() {
        guard let context, state.sendsAnswers, flow.beginSending() else { return }
        // `flush` can report room re-entrantly, which is ignored while answers are written; so look again.
        repeat {
            guard writeAnswers(context) else { break }
            context.flush()
        } while flow.isWritable && answers.isFirstAnswered
        flow.endSending()
        resumeReading()
        switch state.answersSent(isAll: answers.isEmpty, deadline: deadline(services.settings.idleTimeoutMilliseconds))
        {
        case .doNothing: break
        case .closeWhenWritten: closeWhenWritten(context)
        }
    }

    /// Returns whether there is something to flush.
    private func writeAnswers(_ context: ChannelHandlerContext) -> Bool {
        guard (answers.isFirstAnswered && flow.isWritable) || (state.owesContinue && answers.isEmpty) else {
            return false
        }
        var output = services.writer.takeOutput()
        var hasWritten = false
        while flow.isWritable, answers.isFirstAnswered {
            let isFarewell = table.isDraining && answers.count == 1 && state.isBetweenRequests
            guard answers.writeFirst(closing: isFarewell, services, to: &output) else {
                answers.askForRecords(table)
                continue
            }
            if isFarewell { state.inputEnded() }
            hasWritten = true
            if output.readableBytes >= HTTPLimits.writeBytesTarget {
                context.write(Self.wrapOutboundOut(output), promise: nil)
                output.clear(minimumCapacity: HTTPLimits.writeBytesTarget)
            }
        }
        if state.owesContinue, answers.isEmpty {
            state.continueSent()
            output.writeStaticString("HTTP/1.1 100 Continue\r\n\r\n")
            hasWritten = true
        }
        if output.readableBytes > 0 { context.write(Self.wrapOutboundOut(output), promise: nil) }
        services.writer.giveBack(output)
        if hasWritten { flow.noteAnswers(now: services.now) }
        return hasWritten
    }

    private func closeWhenWritten(_ context: ChannelHandlerContext) {
        let written = context.eventLoop.makePromise(of: Void.self)
        written.futureResult.assumeIsolated().whenComplete { [self] _ in
            switch state.lastAnswerWritten(deadline: deadline(HTTPLimits.lingerMilliseconds)) {
            case .close: close()
            case .closeOutput: self.context?.close(mode: .output, promise: nil)
            case .doNothing: break
            }
        }
        context.writeAndFlush(Self.wrapOutboundOut(ByteBuffer()), promise: written)
    }

    private func deadline(_ milliseconds: Int64) -> NIODeadline { services.now + .milliseconds(milliseconds) }

    // MARK: Flow

    /// Does not read a socket whose requests or answers pile up.
    func read(context: ChannelHandlerContext) {
        if flow.mayRead(answers) { context.read() }
    }

    private func resumeReading() {
        guard flow.resumeReading(answers) else { return }
        restartReadClock()
        context?.read()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        flow.isWritable = context.channel.isWritable
        if flow.isWritable { sendAnswers() }
    }

    // MARK: Time

    func restartReadClock() { intake.restartClock(now: services.now) }

    func enforceDeadlines() {
        switch state.sweep(now: services.now) {
        case .close: return close()
        case .doNothing: return
        case .checkRequests: break
        }
        if answers.nextDeadline <= services.now {
            answers.expire(now: services.now)
            sendAnswers()
        }
        let isIdle = flow.isIdle(now: services.now, limitMilliseconds: services.settings.idleTimeoutMilliseconds)
        // Idle with an answer at hand: the client does not take its answers.
        if isIdle, answers.isFirstAnswered || (answers.isEmpty && state.isBetweenRequests && !intake.isInHeader) {
            return close()
        }
        if !flow.holdsReadBack { enforceArrival() }
    }

    private func enforceArrival() {
        if state.isBetweenRequests, intake.isHeaderTooSlow(now: services.now, services.settings) {
            answerUnreadable(with: APIError(.requestTimeout, "the header of the request did not arrive in time"))
        } else if state.isInRequest, intake.isBodyTooSlow(now: services.now) {
            answerUnreadable(with: APIError(.requestTimeout, "the body of the request arrives too slowly"))
        }
    }
}
