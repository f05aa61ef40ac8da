internal import HotPath
internal import NIOCore
internal import NIOHTTP1

/// The requests and the answers of one connection, without its socket. It joins three values, each of which keeps its
/// own rules. Pipelined requests are all under way at once:
///
/// ```
/// bytes ──► RequestIntake ──► Route ──► gateway ─ ─ ─ ► replica
///                               ▼
///                          AnswerQueue  ◄─ ─ ─ ─ ─ ─ completion, in any order
///                               ▼ while the first is answered and the socket takes it
///                             output
/// ```
///
/// One value and not three in the handler, because each access of a class to a value of its own is checked at run time:
/// all requests of a read, and all answers of a write, are one access. It never calls the connection or its channel.
struct Conversation: ~Copyable {
    enum Progress: Hashable {
        case close
        /// There is an answer to send.
        case send
        case doNothing
    }

    private var state = HTTPConnection.StateMachine()
    private var intake: RequestIntake
    private var answers: AnswerQueue
    /// The connection gets one answer, and that soon.
    private let isBeyondLimit: Bool

    init(at place: ConnectionPlace, isBeyondLimit: Bool = false, now: NIODeadline) {
        self.isBeyondLimit = isBeyondLimit
        intake = RequestIntake(now: now)
        answers = AnswerQueue(of: place)
    }

    // MARK: Bytes

    /// Takes the bytes of one read. Returns those that are for NIO's decoder, as all later ones are, if it has to take
    /// over; they begin with a request.
    mutating func receive(_ arrived: ByteBuffer, _ table: ConnectionTable) -> ByteBuffer? {
        let services = table.services
        var bytes = intake.join(arrived)
        while state.takesInput, let part = intake.next(in: &bytes, services) {
            switch part {
            case .head: takeHead(table)
            case .body(let part): takeBody(part, services)
            case .end: takeEnd(table)
            case .undecoded(let rest): return rest
            }
        }
        return nil
    }

    /// NIO's decoder is about to look at bytes.
    mutating func bytesReachDecoder(now: NIODeadline) {
        intake.bytesReachDecoder(isBetweenRequests: state.isBetweenRequests, now: now)
    }

    /// The next byte belongs to a request whose head was taken.
    var isInRequest: Bool { state.isInRequest }

    /// Why the body of the request under way is not taken, if it is larger than any.
    var bodyTooLarge: APIError {
        let head = intake.request.head
        return head.bodyBytesMax > 0 ? head.bodyTooLarge : .requestTooLarge(limit: HTTPLimits.requestBytesMax)
    }

    /// A part that NIO's decoder made. Returns whether the client waits for `100 Continue` now.
    mutating func receive(_ part: HTTPServerRequestPart, _ table: ConnectionTable) -> Bool {
        guard state.takesInput else { return false }
        switch part {
        case .head(let head):
            intake.begin(with: head, table.services)
            takeHead(table)
            return state.owesContinue
        case .body(let part): takeBody(part, table.services)
        case .end: takeEnd(table)
        }
        return false
    }

    /// The client sends no more. It may have closed only its own half, so the requests before are answered.
    mutating func endInput(_ services: LoopServices) {
        if intake.isInsideRequest { answerUnreadable(with: .endsInsideRequest(), services) }
        state.inputEnded()
        intake.dropBody(&services.bodies)
    }

    // MARK: Requests

    private mutating func takeHead(_ table: ConnectionTable) {
        if table.isDraining { intake.request.head.closes = true }
        if isBeyondLimit { intake.takeBeyondLimit(of: table.connections) }
        let plan = intake.planBody()
        switch state.headTaken(plan, expectsContinue: intake.request.head.expectsContinue) {
        case .awaitBody, .sendContinue: break
        case .answer: answerBeforeEnd(table.services)
        }
    }

    private mutating func takeBody(_ part: ByteBuffer, _ services: LoopServices) {
        guard state.isInRequest else { return }
        switch intake.collect(part, &services.bodies) {
        case .goesOn: break
        case .endless:
            guard case .answer = state.inputBecameUnreadable() else { return }
            answerBeforeEnd(services)
        }
    }

    private mutating func takeEnd(_ table: ConnectionTable) {
        switch state.requestEnded(closes: intake.request.head.closes) {
        case .doNothing: break
        case .carryOut:
            if let refusal = intake.request.head.refusal {
                answers.append(refusal, for: intake.request.head, table.services)
            } else if let route = intake.request.head.route {
                route.carryOut(&intake.request, &answers, table)
            } else {
                preconditionFailure("a request without a route was not refused")
            }
            intake.dropBody(&table.services.bodies)
        }
    }

    /// Answers the refused request whose body is not worth waiting for.
    private mutating func answerBeforeEnd(_ services: LoopServices) {
        intake.makeLast(isNew: false, &services.bodies)
        guard let refusal = intake.request.head.refusal else {
            preconditionFailure("a request was answered before its end without a reason")
        }
        answers.append(refusal, for: intake.request.head, services)
    }

    /// Answers input that is not a request, or not one that will be complete, in the place of its answer.
    mutating func answerUnreadable(with error: APIError, _ services: LoopServices) {
        guard case .answer(let isNew) = state.inputBecameUnreadable() else { return }
        intake.makeLast(isNew: isNew, &services.bodies)
        intake.request.head.isHead = false
        // The fault of the head is the reason, and often the cause of the one that came after it.
        answers.append(intake.request.head.refusal ?? error, for: intake.request.head, services)
    }

    // MARK: Outcomes

    /// An outcome of the replica. Returns whether there is an answer to send.
    mutating func complete(_ request: UInt64, with outcome: Outcome, _ services: LoopServices) -> Bool {
        answers.complete(request, with: outcome, services)
    }

    mutating func complete(_ request: UInt64, prepared answer: ByteBuffer) -> Bool {
        answers.complete(request, prepared: answer)
    }

    mutating func complete(_ request: UInt64, record result: RecordRead.Result) -> (isKept: Bool, isFirst: Bool) {
        answers.complete(request, record: result)
    }

    // MARK: Answers

    /// There may be something to write; `isWritable` says whether the socket takes answers.
    func hasAnswerDue(isWritable: Bool) -> Bool {
        state.sendsAnswers
            && ((isWritable && answers.isFirstAnswered) || (state.owesContinue && answers.isEmpty))
    }

    /// Appends the answers that are due to `output`. Returns true if there may be more, because `output` is large
    /// enough for one write.
    mutating func writeAnswers(isWritable: Bool, _ table: ConnectionTable, to output: inout ByteBuffer) -> Bool {
        while isWritable, answers.isFirstAnswered {
            let isFarewell = table.isDraining && answers.count == 1 && state.isBetweenRequests
            guard answers.writeFirst(closing: isFarewell, table.services, to: &output) else {
                answers.askForRecords(table)
                continue
            }
            if isFarewell { state.inputEnded() }
            if output.readableBytes >= HTTPLimits.writeBytesTarget { return true }
        }
        if state.owesContinue, answers.isEmpty {
            state.continueSent()
            output.writeStaticString("HTTP/1.1 100 Continue\r\n\r\n")
        }
        return false
    }

    /// Answers were handed to the socket. `deadline` bounds the wait for it, should these be the last.
    mutating func answersSent(deadline: NIODeadline) -> HTTPConnection.StateMachine.SentAction {
        state.answersSent(isAll: answers.isEmpty, deadline: deadline)
    }

    mutating func lastAnswerWritten(deadline: NIODeadline) -> HTTPConnection.StateMachine.WrittenAction {
        state.lastAnswerWritten(deadline: deadline)
    }

    /// Few enough requests and answers are under way to read more.
    var hasRoom: Bool {
        answers.count < HTTPLimits.pendingRequestsMax && answers.repeatedBytes < HTTPLimits.queuedResponseBytesMax
    }

    // MARK: Time

    mutating func restartReadClock(now: NIODeadline) { intake.restartClock(now: now) }

    func sweep(now: NIODeadline) -> HTTPConnection.StateMachine.SweepAction { state.sweep(now: now) }

    /// Answers the requests that waited too long. Returns whether there are any.
    mutating func expire(now: NIODeadline) -> Bool {
        guard answers.nextDeadline <= now else { return false }
        answers.expire(now: now)
        return true
    }

    /// Nothing was asked yet, or not all of it has come.
    var awaitsRequest: Bool { state.takesInput && answers.isEmpty }

    /// Looks at a client that is too slow. `isIdle`: nothing was answered for long. `isRead`: the socket is read.
    mutating func checkClient(isIdle: Bool, isRead: Bool, _ services: LoopServices) -> Progress {
        // Idle with an answer at hand: the client does not take its answers.
        if isIdle, answers.isFirstAnswered || (answers.isEmpty && state.isBetweenRequests && !intake.isInHeader) {
            return .close
        }
        guard isRead else { return .doNothing }
        if state.isBetweenRequests, intake.isHeaderTooSlow(services) {
            answerUnreadable(
                with: APIError(.requestTimeout, "the header of the request did not arrive in time"), services)
            return .send
        }
        if state.isInRequest, intake.isBodyTooSlow(now: services.now) {
            answerUnreadable(
                with: APIError(.requestTimeout, "the body of the request arrives too slowly"), services)
            return .send
        }
        return .doNothing
    }

    // MARK: The end

    /// The node begins to stop. Returns whether the connection, which is idle, ends at once; any other ends with its
    /// last answer.
    mutating func drain() -> Bool {
        guard state.isBetweenRequests, answers.isEmpty else { return false }
        state.inputEnded()
        return true
    }

    /// The time to end in good order is over: every request is answered now.
    mutating func giveUp() { answers.giveUp() }

    /// The connection is gone.
    mutating func removeAll(_ services: LoopServices) {
        state.closed()
        intake.removeAll(&services.bodies)
        answers.removeAll(services)
    }
}
