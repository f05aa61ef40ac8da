internal import DequeModule
internal import HotPath
internal import NIOCore
internal import NIOHTTP1

/// One HTTP/1.1 connection: finds the requests in the bytes that arrive, hands them to the replica, and writes answers
/// in the order of their requests.
///
/// Pipelined requests are all under way at once:
///
/// ```
/// bytes ──head, body, end──► request ──► gateway ─ ─ ─ ► replica
///                               │
///                               ▼ append                     completion, in any order
///                  pending  [ r7 │ r8 │ r9 ]  ◄─ ─ ─ ─ ─ ─ ─ ─ ┘
///                  echo     [ k7 │ k8 │ k9 ]
///                               │ front, while answered and the socket takes it
///                               ▼
///                            socket, one buffer and one flush per burst
/// ```
///
/// An answer is made only when its turn to be written has come. What a connection holds of a request until then is one
/// element of `pending` and a few bytes of `echo`, and a client that does not read its answers stops the making of new
/// ones. Confined to the loop.
final class HTTPConnectionHandler: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = Never
    typealias OutboundOut = ByteBuffer

    /// What the next part of a request can be.
    enum Intake {
        case betweenRequests
        /// In a body that the route wants.
        case collecting
        /// In a body that nobody wants.
        case discarding
        /// Nothing that still arrives matters. When all is answered the connection closes.
        case finished
    }

    let loop: HTTPLoop
    private(set) var slot: UInt32 = 0
    private(set) var incarnation: UInt32 = 0
    /// Nil before the handler is in its pipeline and after the connection is gone.
    private(set) var context: ChannelHandlerContext?

    // MARK: The request that arrives

    var arrival = Arrival.head
    /// The beginning of a head whose end has not arrived.
    var unread: ByteBuffer?
    var intake = Intake.betweenRequests
    var request = IncomingRequest()
    var body: ByteBuffer?
    /// Bytes of the body so far, kept or not.
    var bodyBytes = 0
    private(set) var hasBegunRequestSinceBytesArrived = false

    // MARK: Requests that are not answered

    var pending = Deque<PendingRequest>()
    /// The place of `pending`'s first element in the order of this connection's requests. Wraps.
    var firstSequence: UInt32 = 0
    /// What answers repeat of their requests, in order.
    var echo = ByteBuffer()
    /// Answers of the control plane by sequence.
    var prepared: [UInt32: ByteBuffer] = [:]
    /// Batches of several chunks by sequence, until they are answered.
    var batches: [UInt32: RunningBatch] = [:]
    /// What the disk said, by sequence.
    var records: [UInt32: RecordRead.Result] = [:]
    /// The connection ends at once: nothing is worth waiting for.
    private(set) var isGivingUp = false
    /// No later than the first deadline in `pending`.
    var nextDeadline = NIODeadline.distantFuture

    // MARK: Flow

    /// The loop has this connection in a batch that it will let answer.
    var isTouched = false
    var isWritable = true
    var isEmitting = false
    /// Between the last answer and the end of the connection.
    var isClosing = false
    /// The end of the input was not reached, so that closing at once could destroy the last answer.
    var lingers = false
    /// A `100 Continue` is owed once the answers before it are out.
    var owesContinue = false
    private var isReadHeldBack = false

    // MARK: Clocks

    /// When the first byte of a request header arrived, if its end has not.
    private var headerStart: NIODeadline?
    private var lastActivity: NIODeadline
    /// When the running window of the body's rate began, and what had arrived by then.
    private var bodyWindowStart: NIODeadline
    private var bodyWindowBytes = 0
    private var closingDeadline = NIODeadline.distantFuture

    init(loop: HTTPLoop) {
        self.loop = loop
        lastActivity = loop.now
        bodyWindowStart = loop.now
    }

    // MARK: Life

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        (slot, incarnation) = loop.add(self)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        forgetAll()
        loop.remove(self)
    }

    func channelInactive(context: ChannelHandlerContext) { forgetAll() }

    private func forgetAll() {
        context = nil
        intake = .finished
        unread = nil
        dropBody()
        pending.removeAll()
        prepared.removeAll()
        loop.releaseRecords(records.count)
        records.removeAll()
        forgetBatches()
        nextDeadline = .distantFuture
    }

    func close() { context?.close(promise: nil) }

    /// The time to end in good order is over.
    func giveUp() {
        isGivingUp = true
        timeOutPending(until: .distantFuture)
        close()
    }

    // MARK: Reading

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        loop.noteRead()
        receive(bytes: Self.unwrapInboundIn(data), context)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        emit()
    }

    /// Stops the reading of a socket whose requests or answers pile up.
    func read(context: ChannelHandlerContext) {
        if mayRead {
            context.read()
        } else {
            isReadHeldBack = true
        }
    }

    private var mayRead: Bool {
        pending.count < HTTPLimits.pendingRequestsMax && echo.readableBytes < HTTPLimits.queuedResponseBytesMax
            && isWritable
    }

    func resumeReadingIfPossible() {
        guard isReadHeldBack, mayRead else { return }
        isReadHeldBack = false
        restartReadClocks()
        context?.read()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        isWritable = context.channel.isWritable
        if isWritable { emit() }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard case .some(.inputClosed) = event as? ChannelEvent else { return }
        receiveEndOfInput()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        switch error {
        case is RequestDecoder.UnknownMethod:
            answerUnreadable(with: .methodNotAllowed("GET, HEAD, PUT, POST, DELETE"))
        case HTTPParserError.headerOverflow:
            answerUnreadable(with: .headerTooLarge())
        case HTTPParserError.invalidURL:
            answerUnreadable(with: .needsPercentEncoding())
        case HTTPParserError.invalidEOFState:
            answerUnreadable(with: .endsInsideRequest())
        case let error as HTTPParserError:
            answerUnreadable(with: .notHTTP(error))
        case is ByteToMessageDecoderError:
            // More input behind what could not be read.
            break
        default:
            close()
        }
    }

    // MARK: Clocks

    /// Bytes come to the decoder.
    func bytesArrived() {
        hasBegunRequestSinceBytesArrived = false
        headStarted()
    }

    /// Part of a head is here, unless the bytes belong to a body.
    func headStarted() {
        if intake == .betweenRequests, headerStart == nil { headerStart = loop.now }
    }

    func requestBegan() {
        hasBegunRequestSinceBytesArrived = true
        headerStart = nil
        startBodyWindow()
    }

    /// Nothing was read for a while, and the client is not to blame for it.
    func restartReadClocks() {
        startBodyWindow()
        if headerStart != nil { headerStart = loop.now }
    }

    private func startBodyWindow() {
        bodyWindowStart = loop.now
        bodyWindowBytes = bodyBytes
    }

    func answered() { lastActivity = loop.now }

    /// From now on the connection only waits for its end, at most so long.
    func limitClosing(toMilliseconds milliseconds: Int64) {
        closingDeadline = loop.now + .milliseconds(milliseconds)
    }

    func enforceDeadlines() {
        guard context != nil else { return }
        if isClosing {
            if closingDeadline <= loop.now { close() }
            return
        }
        if nextDeadline <= loop.now { timeOutPending(until: loop.now) }
        let idleLimit = TimeAmount.milliseconds(loop.settings.idleTimeoutMilliseconds)
        let isIdle = lastActivity + idleLimit < loop.now
        if let first = pending.first, !first.isWaiting, isIdle {
            // The client does not take its answers.
            return close()
        }
        switch intake {
        case .betweenRequests where headerStart != nil:
            if isHeaderTooSlow {
                answerUnreadable(with: APIError(.requestTimeout, "the header of the request did not arrive in time"))
            }
        case .betweenRequests:
            if pending.isEmpty, isIdle { close() }
        case .collecting, .discarding:
            if isBodyTooSlow {
                answerUnreadable(with: APIError(.requestTimeout, "the body of the request arrives too slowly"))
            }
        case .finished:
            break
        }
    }

    private var isHeaderTooSlow: Bool {
        guard let headerStart, !isReadHeldBack else { return false }
        return headerStart + .milliseconds(loop.settings.headerTimeoutMilliseconds) < loop.now
    }

    /// Looks at one window after the other, so that a fast start does not pay for a slow end.
    private var isBodyTooSlow: Bool {
        guard !isReadHeldBack, bodyWindowStart + .milliseconds(HTTPLimits.bodyWindowMilliseconds) < loop.now else {
            return false
        }
        let progress = bodyBytes - bodyWindowBytes
        startBodyWindow()
        return progress < HTTPLimits.bodyBytesPerWindowMin
    }
}
