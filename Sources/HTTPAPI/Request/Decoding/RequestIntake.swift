internal import Accepting
internal import NIOCore
internal import NIOHTTP1

/// From the bytes on the socket to the parts of a request, and from the parts to the request.
///
/// ```
///          head is plain          all of the body
///    head ───────────────► body ───────────────────► end ──► head
///      │
///      │ anything else
///      ▼
///    NIO's decoder, until the connection ends
/// ```
///
/// NIO's decoder costs a fifth of a read from a table in memory, most of it for strings and messages that nobody asks
/// for. The figures are in Docs/Decisions/0005-plain-requests.md.
struct RequestIntake {
    enum Part {
        /// `request` has a new head.
        case head
        case body(ByteBuffer)
        case end
        /// Not plain, and from here on every byte is for NIO's decoder. Begins with a request.
        case undecoded(ByteBuffer)
    }

    /// How a body continues after one of its parts.
    enum BodyProgress: Hashable {
        case goesOn
        /// It is larger than any body may be, and a chunked one does not say how much follows.
        case endless
    }

    /// The part of a request to which the next byte belongs.
    private enum Arrival {
        case head
        case body(bytesLeft: Int)
        case end
        /// NIO's decoder sits before this connection and takes every byte.
        case decoded
    }

    var request = IncomingRequest()
    private var arrival = Arrival.head
    /// The beginning of a head whose end has not arrived.
    private var unread: ByteBuffer?
    /// The route wants the body.
    private var keepsBody = false
    /// Bytes of the body so far, kept or not.
    private var bodyBytes = 0
    private var clock: ReadClock

    init(now: NIODeadline) { clock = ReadClock(now: now) }

    // MARK: Bytes

    /// The bytes that arrived, after those that wait for them.
    mutating func join(_ arrived: ByteBuffer) -> ByteBuffer {
        guard var bytes = unread else { return arrived }
        unread = nil
        bytes.writeImmutableBuffer(arrived)
        return bytes
    }

    /// Takes the next part from the start of `bytes`. Nil if they end before it does; then the rest is kept.
    mutating func next(in bytes: inout ByteBuffer, _ services: LoopServices) -> Part? {
        switch arrival {
        case .head:
            guard bytes.readableBytes > 0 else { return nil }
            return nextHead(in: &bytes, services)
        case .body(let bytesLeft):
            let arrived = min(bytesLeft, bytes.readableBytes)
            guard arrived > 0, let part = bytes.readSlice(length: arrived) else { return nil }
            arrival = arrived < bytesLeft ? .body(bytesLeft: bytesLeft - arrived) : .end
            return .body(part)
        case .end:
            arrival = .head
            return .end
        case .decoded:
            precondition(bytes.readableBytes == 0, "bytes of a connection went past its decoder")
            return nil
        }
    }

    private mutating func nextHead(in bytes: inout ByteBuffer, _ services: LoopServices) -> Part? {
        var head = PlainHead()
        let finding = bytes.withUnsafeReadableBytes { memory in
            let finding = head.read(memory)
            if finding == .complete { request.begin(with: head, in: memory, services) }
            return finding
        }
        switch finding {
        case .complete:
            bytes.moveReaderIndex(forwardBy: head.byteCount)
            let length = head.contentLength ?? 0
            arrival = length > 0 ? .body(bytesLeft: length) : .end
            headEnded(now: services.now)
            return .head
        case .incomplete:
            clock.headerStarted(now: services.now)
            // A copy: the buffer of a read is large, and the next read wants it.
            unread = ByteBuffer(bytes: bytes.readableBytesView)
            bytes.clear()
            return nil
        case .other:
            arrival = .decoded
            let rest = bytes
            bytes = ByteBuffer()
            return .undecoded(rest)
        }
    }

    private mutating func headEnded(now: NIODeadline) {
        bodyBytes = 0
        clock.headerEnded(now: now)
    }

    /// The connection's input ends here: inside a request that this knows of. NIO's decoder knows of its own.
    var isInsideRequest: Bool {
        switch arrival {
        case .head: unread != nil
        case .body, .end: true
        case .decoded: false
        }
    }

    // MARK: NIO's decoder

    /// Bytes come to the decoder, between two requests or within one.
    mutating func bytesReachDecoder(isBetweenRequests: Bool, now: NIODeadline) {
        if isBetweenRequests { clock.headerStarted(now: now) }
    }

    mutating func begin(with head: HTTPRequestHead, _ services: LoopServices) {
        request.begin(with: head, services)
        headEnded(now: services.now)
    }

    // MARK: Beyond the limit

    /// The request came on a connection beyond the limit: it is the last one, and refused unless its route answers
    /// there.
    mutating func takeBeyondLimit(of connections: OpenConnections) {
        request.head.closes = true
        guard let route = request.head.route, !route.answersBeyondLimit else { return }
        request.head.refuse(.tooManyConnections(limit: connections.limit))
        request.head.isBodyUnwanted = true
    }

    // MARK: Body

    /// Decides, by what the head says, how the body is treated.
    mutating func planBody() -> IncomingRequest.BodyPlan {
        let plan = request.planBody()
        keepsBody = plan == .keep
        return plan
    }

    /// Takes a part of the body, and counts it in `budget` if the route wants it.
    mutating func collect(_ part: ByteBuffer, _ budget: inout BodyBudget) -> BodyProgress {
        bodyBytes += part.readableBytes
        if keepsBody {
            if bodyBytes > request.head.bodyBytesMax {
                refuseBody(request.head.bodyTooLarge, &budget)
            } else if budget.take(part.readableBytes) {
                keep(part)
                return .goesOn
            } else {
                refuseBody(.overloaded(), &budget)
                return .goesOn
            }
        }
        guard bodyBytes > HTTPLimits.requestBytesMax else { return .goesOn }
        request.head.refuse(.requestTooLarge(limit: HTTPLimits.requestBytesMax))
        return .endless
    }

    private mutating func keep(_ part: ByteBuffer) {
        guard request.body != nil else {
            request.body = part
            return
        }
        if let length = request.head.contentLength {
            request.body?.reserveCapacity(min(length, request.head.bodyBytesMax))
        }
        request.body?.writeImmutableBuffer(part)
    }

    private mutating func refuseBody(_ error: APIError, _ budget: inout BodyBudget) {
        request.head.refuse(error)
        keepsBody = false
        dropBody(&budget)
    }

    mutating func dropBody(_ budget: inout BodyBudget) {
        guard let held = request.body else { return }
        budget.giveBack(held.readableBytes)
        request.body = nil
    }

    // MARK: The end

    /// The request, or a new one if none has begun, is the last one and is answered with an error.
    mutating func makeLast(isNew: Bool, _ budget: inout BodyBudget) {
        if isNew { request.head = RequestHead(timeoutMilliseconds: 0) }
        request.head.closes = true
        dropBody(&budget)
    }

    /// Forgets everything.
    mutating func removeAll(_ budget: inout BodyBudget) {
        unread = nil
        dropBody(&budget)
    }

    // MARK: Time

    /// Part of a header is here.
    var isInHeader: Bool { clock.isInHeader }

    mutating func restartClock(now: NIODeadline) { clock.restart(now: now, bodyBytes: bodyBytes) }

    func isHeaderTooSlow(_ services: LoopServices) -> Bool {
        clock.isHeaderTooSlow(now: services.now, limitMilliseconds: services.settings.headerTimeoutMilliseconds)
    }

    mutating func isBodyTooSlow(now: NIODeadline) -> Bool { clock.isBodyTooSlow(now: now, bodyBytes: bodyBytes) }
}
