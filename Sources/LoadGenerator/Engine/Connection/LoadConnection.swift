internal import NIOCore

/// One of the plan's connections: it holds requests in flight, and its socket may be replaced during the run.
///
/// In a verified run it also owns keys: those whose number, modulo the number of connections, is `index`. Only this
/// connection writes them, one write at a time, so that the order of the writes is known. Confined to the event loop of
/// its `LoadLoop`.
final class LoadConnection {
    enum State { case opening, open, waiting, stopped }

    let index: Int
    unowned let loop: LoadLoop
    var endpoint: Int
    var state = State.waiting
    var inFlight: InFlightQueue
    /// The most requests in flight in the current phase.
    var limit: Int
    /// Whether the places of this connection are part of the loop's `freePlaces`.
    var isCounted = false
    /// Whether the connection is in the loop's list of connections with free places.
    var isListed = false
    /// Whether the connection takes no more requests and moves to the leader once those in flight are answered.
    var isMoving = false
    /// While filling and reading back: no request before this time.
    var pausedUntil: UInt64 = 0

    var ledger: WriteLedger?
    var fill = FillCursor()
    var readBack = ReadBackCursor()
    var insertedCount: UInt64 = 0

    private var socket: SocketHandler?
    private var parser = ResponseParser()
    /// The beginning of a response whose rest has not arrived yet.
    private var leftover = ByteBuffer()
    private var reopenDelay: UInt64 = 0
    private var isInRead = false
    private var wasOpen = false
    /// Whether an attempt to open the connection has succeeded or failed at least once.
    var hasOutcome = false

    init(index: Int, loop: LoadLoop, endpoint: Int) {
        self.index = index
        self.loop = loop
        self.endpoint = endpoint
        limit = loop.setup.plan.pipeline
        inFlight = InFlightQueue(capacity: max(limit, EngineLimits.pipelineOfReadingBack))
        if loop.setup.plan.verifies { ledger = WriteLedger(keyCount: loop.setup.ownedKeyCount(connection: index)) }
    }

    var canTakeRequest: Bool { state == .open && !isMoving && inFlight.count < limit }

    // MARK: Opening

    func open() {
        if loop.setup.followsLeader, let leader = loop.setup.control.leader { endpoint = leader }
        state = .opening
        let handler = SocketHandler(connection: self)
        socket = handler
        let target = loop.setup.plan.endpoints[endpoint]
        Connecting.connect(to: target, on: loop.eventLoop, timeout: loop.setup.timeout) { channel in
            try channel.pipeline.syncOperations.addHandler(handler)
        }.assumeIsolated().whenFailure { [self] in openingFailed(handler, FailureReason(ofConnecting: $0)) }
    }

    func opened(_ handler: SocketHandler) {
        guard handler === socket, state == .opening else { return handler.letGo() }
        state = .open
        parser.reset()
        leftover = ByteBuffer()
        loop.connectionOpened(self, isFirstTime: !wasOpen)
        wasOpen = true
    }

    private func openingFailed(_ handler: SocketHandler, _ reason: FailureReason) {
        guard handler === socket, state == .opening else { return }
        socket = nil
        handler.letGo()
        loop.connectingFailed(self, reason)
        if loop.setup.followsLeader {
            loop.setup.control.wantLeader()
        } else {
            endpoint = (endpoint + 1) % loop.setup.plan.endpoints.count
        }
        reopenLater()
    }

    private func reopenLater() {
        guard state != .stopped else { return }
        state = .waiting
        let delay = reopenDelay
        reopenDelay = min(max(2 * reopenDelay, EngineLimits.reopenDelayMin), EngineLimits.reopenDelayMax)
        loop.eventLoop.assumeIsolated().scheduleTask(in: .nanoseconds(Int64(delay))) { [self] in
            if state == .waiting { open() }
        }
    }

    // MARK: Ending

    /// The socket is closed or unusable.
    func socketEnded(_ reason: FailureReason) {
        guard state == .open else { return }
        loop.refreshClock()
        if reason == .closed, parser.endsWithConnection, inFlight.count > 0 { answerArrived() }
        drop(reason)
        loop.workMayBeDone()
    }

    /// Gives up the socket: requests in flight have failed, and a new socket is opened.
    func drop(_ reason: FailureReason) {
        guard state == .open else { return }
        if reopenDelay == 0, reason != .closed || inFlight.count > 0 { reopenDelay = EngineLimits.reopenDelayMin }
        leaveCount()
        closeSocket()
        state = .waiting
        if inFlight.count > 0, loop.setup.followsLeader { loop.setup.control.wantLeader() }
        while let (entry, batchKeys) = inFlight.popFirst() {
            loop.settle(self, entry, batchKeys, .failed(reason, mayHaveApplied: entry.writes))
        }
        if reason == .timeout, !loop.setup.followsLeader {
            endpoint = (endpoint + 1) % loop.setup.plan.endpoints.count
        }
        reopenLater()
    }

    /// Moves to the leader's endpoint, which has changed; at once if nothing is in flight.
    func moveToLeader() {
        guard state == .open, !isMoving else { return }
        leaveCount()
        isMoving = true
        moveIfIdle()
    }

    private func moveIfIdle() {
        guard isMoving, inFlight.count == 0 else { return }
        closeSocket()
        reopenDelay = 0
        reopenLater()
    }

    /// Closes the socket for good and forgets the requests in flight.
    func stop() {
        closeSocket()
        state = .stopped
        while inFlight.popFirst() != nil {}
    }

    private func closeSocket() {
        socket?.letGo()
        socket = nil
        isMoving = false
        isInRead = false
        leftover = ByteBuffer()
        loop.output.clear()
    }

    private func leaveCount() {
        guard isCounted else { return }
        isCounted = false
        loop.freePlaces -= loop.setup.plan.pipeline - inFlight.count
    }

    // MARK: Receiving

    func received(_ buffer: ByteBuffer) {
        if !isInRead {
            isInRead = true
            loop.refreshClock()
        }
        var input = buffer
        if leftover.readableBytes > 0 {
            leftover.writeBuffer(&input)
            input = leftover
            leftover = ByteBuffer()
        }
        do throws(ResponseFailure) {
            try consume(&input)
        } catch {
            if inFlight.count == 0 {
                loop.measurements.countFailedConnect(FailureReason(error), endpoint: endpoint)
            }
            return drop(FailureReason(error))
        }
        if state == .open, input.readableBytes > 0 { leftover = input }
    }

    private func consume(_ input: inout ByteBuffer) throws(ResponseFailure) {
        while input.readableBytes > 0 {
            let asked = inFlight.first
            let keepsBody = asked.map(loop.needsBody) ?? false
            let step = try input.withUnsafeReadableBytes { bytes throws(ResponseFailure) in
                try parser.parse(bytes, keepsBody: keepsBody)
            }
            input.moveReaderIndex(forwardBy: step.consumed)
            if asked?.purpose == .load { loop.measurements.bytesReceived += UInt64(step.consumed) }
            guard step.isComplete else { return }
            if inFlight.count == 0 {
                // A server may explain why it closes an idle connection.
                if parser.closes { return drop(.closed) }
                throw .unasked
            }
            answerArrived()
            if parser.closes { drop(.closed) }
            // The last answer may have ended the phase and closed the socket.
            guard state == .open else { return }
        }
    }

    private func answerArrived() {
        guard let (entry, batchKeys) = inFlight.popFirst() else { return }
        let verdict = loop.reader.judge(entry.wireRequest, parser)
        if case .succeeded = verdict { reopenDelay = 0 }
        if case .failed = verdict, loop.setup.followsLeader, loop.reader.deniesLeadership(parser.status, parser.body) {
            loop.setup.control.wantLeader()
        }
        if entry.step == .reading, case .succeeded = verdict { return loop.continueAfterRead(self, entry, parser) }
        loop.settle(self, entry, batchKeys, verdict, parser)
    }

    func readEnded() {
        isInRead = false
        guard state == .open else { return }
        moveIfIdle()
        refill()
        loop.workMayBeDone()
    }

    // MARK: Sending

    /// Sends every request that is ready, with one write.
    func refill() {
        while canTakeRequest, loop.issueNext(on: self) {}
        flush()
        loop.listIfFree(self)
    }

    /// Writes the loop's output, which holds the requests of this connection.
    func flush() {
        guard loop.output.readableBytes > 0, let socket else { return }
        socket.write(loop.output)
        loop.output.clear(minimumCapacity: LoadLoop.outputBytes)
    }
}
