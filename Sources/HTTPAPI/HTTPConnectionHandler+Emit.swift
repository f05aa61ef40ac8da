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
        while isWritable, let first = pending.first, !first.isWaiting {
            let sequence = firstSequence
            pending.removeFirst()
            firstSequence &+= 1
            write(first, sequence, to: &output)
            if output.readableBytes >= HTTPLimits.writeBytesTarget {
                context.write(Self.wrapOutboundOut(output), promise: nil)
                output.clear(minimumCapacity: HTTPLimits.writeBytesTarget)
            }
        }
        if owesContinue, pending.isEmpty {
            owesContinue = false
            output.writeStaticString("HTTP/1.1 100 Continue\r\n\r\n")
        }
        if output.readableBytes > 0 { context.write(Self.wrapOutboundOut(output), promise: nil) }
        loop.giveBack(output)
        answered()
        return true
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

    private func write(_ element: PendingRequest, _ sequence: UInt32, to output: inout ByteBuffer) {
        var frame = AnswerFrame(
            isHead: element.options.contains(.isHead), closes: element.options.contains(.closes),
            keepsAlive: element.options.contains(.announcesKeepAlive))
        if loop.isDraining, pending.isEmpty, intake == .betweenRequests {
            // The last answer before the node stops.
            frame.closes = true
            intake = .finished
        }
        switch element.answer {
        case .waiting:
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
            writeRecord(of: element, frame, to: &output)
        }
        if case .batch = element.action { forgetBatch(sequence) }
        consumeEcho(element.echoBytes)
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

    /// The answer to a read, from what this node has applied by now.
    private func writeRecord(of element: PendingRequest, _ frame: AnswerFrame, to output: inout ByteBuffer) {
        precondition(!element.action.isWrite, "a write was answered as a read")
        let failure: APIError? = echo.withUnsafeReadableBytes { whole in
            let key = UnsafeRawBufferPointer(rebasing: whole[..<element.echoBytes])
            var failure: APIError?
            do throws(StoreFailure) {
                try loop.reader.withRecord(forKey: key) { bytes in
                    do throws(APIError) {
                        try loop.writeRecord(bytes, key: key, element, frame, to: &output)
                    } catch {
                        failure = error
                    }
                }
            } catch {
                failure = .storeFailed(error)
            }
            return failure
        }
        if let failure { write(failure, of: element, frame, to: &output) }
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
