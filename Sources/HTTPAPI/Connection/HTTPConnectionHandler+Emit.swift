internal import DequeModule
internal import HotPath
internal import KeyValue
internal import NIOCore

// From elements of `pending` to bytes on the socket.
extension HTTPConnectionHandler {
    /// Writes every answer whose turn has come, as long as the socket takes them, with one flush. Called at the end of
    /// each burst of reads, of completions and of room in the socket; does nothing if there is nothing to do.
    func emit() {
        guard !isEmitting, !isClosing, let context else { return }
        isEmitting = true
        // That the flush made room is announced in the middle of this and would go unheard.
        repeat {
            guard writeAnswers(context) else { break }
            context.flush()
        } while isWritable && pending.first.map { !$0.isWaiting } ?? false
        isEmitting = false
        resumeReadingIfPossible()
        if intake == .finished, pending.isEmpty { closeWhenWritten(context) }
    }

    /// Returns whether there is something to flush.
    private func writeAnswers(_ context: ChannelHandlerContext) -> Bool {
        let hasAnswer = pending.first.map { !$0.isWaiting } ?? false
        guard (hasAnswer && isWritable) || (owesContinue && pending.isEmpty) else { return false }
        var output = loop.takeOutput()
        var hasWritten = false
        while isWritable, let first = pending.first, !first.isWaiting {
            guard write(first, to: &output) else {
                readFromDisk()
                continue
            }
            consumeEcho(first.echoBytes)
            pending.removeFirst()
            firstSequence &+= 1
            hasWritten = true
            if output.readableBytes >= HTTPLimits.writeBytesTarget {
                context.write(Self.wrapOutboundOut(output), promise: nil)
                output.clear(minimumCapacity: HTTPLimits.writeBytesTarget)
            }
        }
        if owesContinue, pending.isEmpty {
            owesContinue = false
            output.writeStaticString("HTTP/1.1 100 Continue\r\n\r\n")
            hasWritten = true
        }
        if output.readableBytes > 0 { context.write(Self.wrapOutboundOut(output), promise: nil) }
        loop.giveBack(output)
        if hasWritten { answered() }
        return hasWritten
    }

    private func closeWhenWritten(_ context: ChannelHandlerContext) {
        isClosing = true
        limitClosing(toMilliseconds: loop.settings.idleTimeoutMilliseconds)
        let written = context.eventLoop.makePromise(of: Void.self)
        written.futureResult.assumeIsolated().whenComplete { [self] _ in
            guard lingers, let context = self.context else { return close() }
            limitClosing(toMilliseconds: HTTPLimits.lingerMilliseconds)
            context.close(mode: .output, promise: nil)
        }
        context.writeAndFlush(Self.wrapOutboundOut(ByteBuffer()), promise: written)
    }

    // MARK: One answer

    /// Writes the answer to the first request of the ring. False, with nothing written, if it has to come from the
    /// disk.
    private func write(_ element: PendingRequest, to output: inout ByteBuffer) -> Bool {
        let sequence = firstSequence
        var frame = AnswerFrame(
            isHead: element.options.contains(.isHead), closes: element.options.contains(.closes),
            keepsAlive: element.options.contains(.announcesKeepAlive))
        // The last answer before the node stops.
        let isFarewell = loop.isDraining && pending.count == 1 && intake == .betweenRequests
        if isFarewell { frame.closes = true }
        switch element.answer {
        case .waiting, .reading:
            preconditionFailure("request \(sequence) was to be answered before it had an outcome")
        case .ready:
            if let answer = prepared.removeValue(forKey: sequence) {
                output.writeImmutableBuffer(answer)
            } else {
                writeEcho(element.echoBytes, to: &output)
            }
        case .timedOut:
            let error = APIError.timedOut(isWrite: element.action.isWrite)
            write(error.ofBatch(batches[sequence]), of: element, frame, to: &output)
        case .outcome(.failed(let failure)):
            let error = APIError.failed(failure, isWrite: element.action.isWrite)
            write(error.ofBatch(batches[sequence]), of: element, frame, to: &output)
        case .outcome(.written(let result)):
            write(result, of: element, frame, to: &output)
        case .outcome(.readable):
            guard writeRecordInMemory(of: element, frame, to: &output) else { return false }
        case .read:
            writeRecordRead(records.removeValue(forKey: sequence), of: element, frame, to: &output)
            loop.releaseRecords(1)
        }
        if case .batch = element.action { forgetBatch(sequence) }
        if isFarewell { intake = .finished }
        return true
    }

    private func write(
        _ error: APIError, of element: PendingRequest, _ frame: AnswerFrame, to output: inout ByteBuffer
    ) {
        loop.write(error, surface: element.action.isLegacy ? .legacy : .v1, frame, to: &output)
    }

    /// The answer to a write that was applied, or whose condition failed.
    private func write(
        _ result: CommandResult, of element: PendingRequest, _ frame: AnswerFrame, to output: inout ByteBuffer
    ) {
        guard case .applied = result.status else {
            return write(.preconditionFailed(currentRevision: result.revision), of: element, frame, to: &output)
        }
        echo.withUnsafeReadableBytes { whole in
            let echoed = UnsafeRawBufferPointer(rebasing: whole[..<element.echoBytes])
            switch element.action {
            case .putKV:
                loop.writePut(revision: result.revision, key: echoed, frame, to: &output)
            case .deleteKV:
                loop.writeDelete(revision: result.revision, existed: result.existed, frame, to: &output)
            case .batch:
                loop.writeBatch(revision: result.revision, start: echoed, frame, to: &output)
            case .putStore, .deleteStore:
                loop.writeStore(revision: result.revision, body: echoed, frame, to: &output)
            case .readKV, .readStore, .canned, .control:
                preconditionFailure("a request that writes nothing was answered with the result of a write")
            }
        }
    }

    // MARK: Records

    /// The answer to a read, from what this node has applied by now. False, with nothing written, if memory does not
    /// tell.
    private func writeRecordInMemory(
        of element: PendingRequest, _ frame: AnswerFrame, to output: inout ByteBuffer
    ) -> Bool {
        precondition(!element.action.isWrite, "a write was answered as a read")
        var isInMemory = true
        let failure: APIError? = withKey(of: element) { key in
            var failure: APIError?
            do throws(StoreFailure) {
                isInMemory = try loop.reader.withRecordInMemory(forKey: key) { bytes in
                    failure = write(bytes, key: key, element, frame, to: &output)
                }
            } catch {
                failure = .storeFailed(error)
            }
            return failure
        }
        if let failure { write(failure, of: element, frame, to: &output) }
        return isInMemory
    }

    /// The first request of the ring waits for its record, or is answered without one. The reads right behind it have
    /// to wait as well, so their records are read meanwhile; but of none behind anything else, because a read must not
    /// miss the write in front of it.
    private func readFromDisk() {
        var echoStart = 0
        for place in 0..<min(pending.count, HTTPLimits.recordReadsAheadMax) {
            let element = pending[place]
            guard case .outcome(.readable) = element.answer, place == 0 || loop.mayReadAhead else { return }
            let range = echoStart..<(echoStart + element.echoBytes)
            echoStart = range.upperBound
            pending[place].answer = echo.withUnsafeReadableBytes { whole in
                guard element.deadline > loop.now, !isGivingUp else { return .timedOut }
                let key = UnsafeRawBufferPointer(rebasing: whole[range])
                let tag = tag(ofSequence: firstSequence &+ UInt32(place))
                guard loop.wantRecord(key, for: tag, deadline: element.deadline) else {
                    return .outcome(.failed(.overloaded))
                }
                nextDeadline = min(nextDeadline, element.deadline)
                return .reading
            }
        }
    }

    /// The disk has told what it has for a request. False if that was answered for lack of time, or is now.
    func completeRecord(_ tagged: UInt64, with result: RecordRead.Result) -> Bool {
        guard UInt32(truncatingIfNeeded: tagged >> 32) == incarnation else { return false }
        let sequence = UInt32(truncatingIfNeeded: tagged)
        let place = Int(sequence &- firstSequence)
        guard place < pending.count, case .reading = pending[place].answer else { return false }
        if case .tooLate = result {
            pending[place].answer = .timedOut
        } else {
            pending[place].answer = .read
            records[sequence] = result
        }
        let isTaken = records[sequence] != nil
        if place == 0 { emit() }
        return isTaken
    }

    private func writeRecordRead(
        _ result: RecordRead.Result?, of element: PendingRequest, _ frame: AnswerFrame, to output: inout ByteBuffer
    ) {
        let failure: APIError? = withKey(of: element) { key in
            switch result {
            case .record(let record):
                record.withUnsafeReadableBytes { write($0, key: key, element, frame, to: &output) }
            case .nothing:
                write(nil, key: key, element, frame, to: &output)
            case .failed(let failure):
                .storeFailed(failure)
            case .tooLate, nil:
                preconditionFailure("a request was answered with a record that was not read")
            }
        }
        if let failure { write(failure, of: element, frame, to: &output) }
    }

    /// Returns what is wrong with the record instead of writing it.
    private func write(
        _ record: UnsafeRawBufferPointer?, key: UnsafeRawBufferPointer, _ element: PendingRequest,
        _ frame: AnswerFrame, to output: inout ByteBuffer
    ) -> APIError? {
        do throws(APIError) {
            try loop.writeRecord(record, key: key, element, frame, to: &output)
            return nil
        } catch {
            return error
        }
    }

    private func withKey<Result>(of element: PendingRequest, _ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        echo.withUnsafeReadableBytes { body(UnsafeRawBufferPointer(rebasing: $0[..<element.echoBytes])) }
    }

    // MARK: Echo

    private func writeEcho(_ count: Int, to output: inout ByteBuffer) {
        echo.withUnsafeReadableBytes { _ = output.writeBytes(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
    }

    private func consumeEcho(_ count: Int) {
        echo.moveReaderIndex(forwardBy: count)
        if echo.readableBytes == 0 {
            if echo.storageCapacity > HTTPLimits.readBytesMax { echo = ByteBuffer() } else { echo.clear() }
        } else if echo.readerIndex > HTTPLimits.readBytesMax, echo.readerIndex > echo.readableBytes {
            echo.discardReadBytes()
        }
    }
}
