internal import DequeModule
internal import HotPath
internal import KeyValue
internal import NIOCore
internal import NIOHTTP1

// From the parts of a request to an element of `pending`.
extension HTTPConnectionHandler {
    // MARK: Parts

    /// A head that NIO's decoder made.
    func receive(_ head: HTTPRequestHead) {
        guard mayBegin() else { return }
        request.begin(with: head, settings: loop.settings)
        takeHead()
    }

    /// A head at the beginning of `bytes`.
    func receive(_ head: borrowing PlainHead, in bytes: UnsafeRawBufferPointer) {
        guard mayBegin() else { return }
        request.begin(with: head, in: bytes, settings: loop.settings)
        takeHead()
    }

    private func mayBegin() -> Bool {
        bodyBytes = 0
        requestBegan()
        return intake == .betweenRequests
    }

    private func takeHead() {
        if loop.isDraining { request.closes = true }
        if let length = request.contentLength, length > 0 { checkStated(bodyLength: length) }
        guard intake == .betweenRequests else { return }
        if request.refusal != nil, request.expectsContinue {
            // Whether the client will send the body now is anybody's guess, so the connection cannot go on.
            return answerBeforeBody()
        }
        intake = request.refusal == nil && request.route.bodyBytesMax > 0 ? .collecting : .discarding
        if request.expectsContinue {
            owesContinue = true
            emit()
        }
    }

    /// The header states the size of the body, so that one that is too large is refused before it comes.
    private func checkStated(bodyLength: Int) {
        if request.route.bodyBytesMax > 0, bodyLength > request.route.bodyBytesMax {
            request.refuse(request.route.bodyTooLarge)
        }
        if bodyLength > HTTPLimits.requestBytesMax {
            request.refuse(.requestTooLarge(limit: HTTPLimits.requestBytesMax))
            answerBeforeBody()
        }
    }

    func receive(_ part: ByteBuffer) {
        bodyBytes += part.readableBytes
        switch intake {
        case .betweenRequests, .finished:
            return
        case .collecting:
            guard bodyBytes <= request.route.bodyBytesMax else {
                request.refuse(request.route.bodyTooLarge)
                intake = .discarding
                dropBody()
                return stopIfEndless()
            }
            collect(part)
        case .discarding:
            stopIfEndless()
        }
    }

    private func collect(_ part: ByteBuffer) {
        guard loop.collectedBytes + part.readableBytes <= HTTPLimits.collectedBytesMax else {
            request.refuse(.overloaded())
            intake = .discarding
            return dropBody()
        }
        loop.collectedBytes += part.readableBytes
        if body == nil {
            body = part
            return
        }
        if let length = request.contentLength { body?.reserveCapacity(min(length, request.route.bodyBytesMax)) }
        body?.writeImmutableBuffer(part)
    }

    /// A chunked body does not say how long it is.
    private func stopIfEndless() {
        guard bodyBytes > HTTPLimits.requestBytesMax else { return }
        request.refuse(.requestTooLarge(limit: HTTPLimits.requestBytesMax))
        answerBeforeBody()
    }

    func receiveEnd() {
        switch intake {
        case .betweenRequests, .finished:
            return
        case .collecting, .discarding:
            owesContinue = false
            intake = request.closes ? .finished : .betweenRequests
            if let refusal = request.refusal {
                enqueue(refusal)
            } else {
                carryOut()
            }
            dropBody()
        }
    }

    func dropBody() {
        guard let held = body else { return }
        loop.collectedBytes -= held.readableBytes
        body = nil
    }

    // MARK: Requests that end the connection

    /// Answers the request whose body is not worth waiting for, and takes nothing more.
    private func answerBeforeBody() {
        guard intake != .finished else { return }
        request.closes = true
        lingers = true
        intake = .finished
        dropBody()
        enqueue(request.refusal ?? .invalidArgument("the request cannot be read"))
        emit()
    }

    /// Answers input that is no request, or none that will be complete, in the place where its answer would have been.
    func answerUnreadable(with error: APIError) {
        guard intake != .finished else { return }
        if intake == .betweenRequests { request = IncomingRequest() }
        request.closes = true
        request.isHead = false
        lingers = true
        finishIntake()
        enqueue(error)
        emit()
    }

    /// Takes nothing more. A request that has not ended is forgotten, nothing of it was submitted.
    func finishIntake() {
        intake = .finished
        owesContinue = false
        dropBody()
    }

    /// Called when the loop begins to drain: an idle connection ends at once, any other with its last answer.
    func drain() {
        guard intake == .betweenRequests, pending.isEmpty, !isClosing else { return }
        finishIntake()
        emit()
    }

    // MARK: Complete requests

    private func carryOut() {
        switch request.route {
        case .putKV: submitPut()
        case .deleteKV: submitDelete(.deleteKV)
        case .batch: submitBatch()
        case .readKV: submitRead(.readKV)
        case .putStore: submitStore()
        case .deleteStore: submitDelete(.deleteStore)
        case .readStore: submitRead(.readStore)
        case .join, .remove: startControl()
        case .stats, .livez, .readyz, .health, .version, .index: answerAboutNode()
        case .none: preconditionFailure("a request without a route was not refused")
        }
    }

    private func submitPut() {
        request.key.withUnsafeBytes { _ = echo.writeBytes($0) }
        let keyBytes = request.key.count
        let value = body ?? ByteBuffer()
        let header = CommandHeader(
            kind: .put, condition: request.condition, valueType: .bytes,
            contentTypeBytes: request.contentType.utf8.count, keyBytes: keyBytes, valueBytes: value.readableBytes)
        value.withUnsafeReadableBytes { submit(header, $0, as: .putKV, echoBytes: keyBytes) }
    }

    private func submitDelete(_ action: PendingRequest.Action) {
        let start = echo.writerIndex
        if action == .deleteStore {
            request.key.withUnsafeBytes { StoreAnswer.write(key: $0, value: nil, .removed, to: &echo) }
        }
        let header = CommandHeader(
            kind: .delete, condition: request.condition, reportsExistence: action == .deleteKV,
            keyBytes: request.key.count)
        submit(header, UnsafeRawBufferPointer(start: nil, count: 0), as: action, echoBytes: echo.writerIndex - start)
    }

    private func submitStore() {
        let document = body ?? ByteBuffer()
        document.withUnsafeReadableBytes { bytes in
            let value: UnsafeRawBufferPointer
            do throws(APIError) {
                value = try StoreDocument.read(bytes, key: &request.key)
                try request.trimKey()
            } catch {
                return enqueue(error)
            }
            let start = echo.writerIndex
            request.key.withUnsafeBytes { StoreAnswer.write(key: $0, value: value, .persisted, to: &echo) }
            let header = CommandHeader(
                kind: .put, valueType: .json, keyBytes: request.key.count, valueBytes: value.count)
            submit(header, value, as: .putStore, echoBytes: echo.writerIndex - start)
        }
    }

    private func submit(
        _ header: CommandHeader, _ value: UnsafeRawBufferPointer, as action: PendingRequest.Action, echoBytes: Int
    ) {
        let tag = enqueue(action, .waiting, echoBytes: echoBytes)
        var contentType = request.contentType
        let isTaken = contentType.withUTF8 { contentType in
            request.key.withUnsafeBytes { key in
                loop.gateway.submitWrite(
                    tag: tag, header: header, contentType: UnsafeRawBufferPointer(contentType), key: key, value: value)
            }
        }
        if !isTaken { complete(tag.request, with: .outcome(.failed(.overloaded))) }
    }

    private func submitRead(_ action: PendingRequest.Action) {
        request.key.withUnsafeBytes { _ = echo.writeBytes($0) }
        guard request.consistency == .linearizable else {
            enqueue(action, .outcome(.readable), echoBytes: request.key.count)
            return
        }
        let tag = enqueue(action, .waiting, echoBytes: request.key.count)
        if !loop.gateway.submitRead(tag: tag) { complete(tag.request, with: .outcome(.failed(.overloaded))) }
    }

    // MARK: The ring

    /// Appends a request to the ring; the last `echoBytes` of `echo` are its own.
    @discardableResult
    func enqueue(
        _ action: PendingRequest.Action, _ answer: PendingRequest.Answer, echoBytes: Int,
        timeoutMilliseconds: UInt64? = nil
    ) -> RequestTag {
        var options: PendingRequest.Options = []
        if request.isHead { options.insert(.isHead) }
        if request.closes { options.insert(.closes) }
        if request.announcesKeepAlive { options.insert(.announcesKeepAlive) }
        if request.consistency == .stale { options.insert(.isStale) }
        if request.answersJSON { options.insert(.answersJSON) }
        let deadline = loop.deadline(afterMilliseconds: timeoutMilliseconds ?? request.timeoutMilliseconds)
        let element = PendingRequest(
            action: action, options: options, answer: answer, echoBytes: echoBytes, deadline: deadline)
        if element.isWaiting { nextDeadline = min(nextDeadline, deadline) }
        let sequence = firstSequence &+ UInt32(truncatingIfNeeded: pending.count)
        pending.append(element)
        return tag(ofSequence: sequence)
    }

    func tag(ofSequence sequence: UInt32) -> RequestTag {
        RequestTag(sink: loop.gateway.sink, connection: slot, request: UInt64(incarnation) << 32 | UInt64(sequence))
    }

    /// Appends a request that is answered with an error.
    func enqueue(_ error: APIError) {
        let start = echo.writerIndex
        let frame = AnswerFrame(isHead: request.isHead, closes: request.closes, keepsAlive: request.announcesKeepAlive)
        loop.write(error, surface: request.surface, frame, to: &echo)
        enqueue(.canned, .ready, echoBytes: echo.writerIndex - start)
    }

    /// Gives a waiting request its answer. False if it has one already or is gone.
    @discardableResult
    func complete(_ tagged: UInt64, with answer: PendingRequest.Answer) -> Bool {
        guard UInt32(truncatingIfNeeded: tagged >> 32) == incarnation else { return false }
        let place = Int(UInt32(truncatingIfNeeded: tagged) &- firstSequence)
        guard place < pending.count, pending[place].isWaiting else { return false }
        var answer = answer
        if case .batch = pending[place].action, !batches.isEmpty {
            guard let final = self.answer(toBatch: tagged, after: answer) else { return false }
            answer = final
        }
        pending[place].answer = answer
        return true
    }

    func completeControl(_ tagged: UInt64, with answer: ByteBuffer) {
        guard complete(tagged, with: .ready) else { return }
        prepared[UInt32(truncatingIfNeeded: tagged)] = answer
        emit()
    }

    /// Answers for the requests whose deadline is not behind `instant`; what arrives for them later is ignored.
    func timeOutPending(until instant: NIODeadline) {
        var earliest = NIODeadline.distantFuture
        for place in pending.indices where pending[place].isWaiting {
            if pending[place].deadline <= instant {
                pending[place].answer = .timedOut
            } else {
                earliest = min(earliest, pending[place].deadline)
            }
        }
        nextDeadline = earliest
        emit()
    }
}
