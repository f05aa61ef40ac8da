internal import HotPath
internal import KeyValue
internal import NIOCore

/// A batch of several chunks that is under way. Its chunks follow each other: one is submitted when the one before it
/// was applied, so that the operations are applied in their order and a failure leaves a known number of them applied.
struct RunningBatch {
    /// Those of the chunks that were not submitted yet.
    var operations: ByteBuffer
    let chunks: [BatchContents.Chunk]
    var submittedChunks = 0
    /// Operations that are known to be applied: the first ones.
    var appliedOperations = 0
}

// From the body of `POST /v1/batch` to groups, and from their results to an answer.
extension HTTPConnectionHandler {
    func submitBatch() {
        defer { loop.batch.removeAll() }
        let text = body ?? ByteBuffer()
        let isAtomic = request.isAtomic
        let chunkOperationsMax =
            isAtomic
            ? KeyValueLimits.groupOperationsMax : request.chunkOperations ?? HTTPLimits.batchChunkOperations
        let failure: APIError? = text.withUnsafeReadableBytes { bytes in
            var reader = BatchReader(bytes, isAtomic: isAtomic, chunkOperationsMax: chunkOperationsMax)
            do throws(APIError) {
                try reader.read(into: &loop.batch)
                return nil
            } catch {
                return error
            }
        }
        if let failure { return enqueue(failure) }
        let start = echo.writerIndex
        writeStartOfBatchAnswer()
        let echoBytes = echo.writerIndex - start
        guard let first = loop.batch.chunks.first else { return answerEmptyBatch(echoBytes: echoBytes) }
        let tag = enqueue(.batch, .waiting, echoBytes: echoBytes)
        if loop.batch.chunks.count > 1 {
            let sequence = UInt32(truncatingIfNeeded: tag.request)
            loop.collectedBytes += loop.batch.operations.readableBytes
            batches[sequence] = RunningBatch(operations: loop.batch.takeOperations(), chunks: loop.batch.chunks)
            if !submitChunk(sequence, tag) { complete(tag.request, with: .outcome(.failed(.overloaded))) }
            return
        }
        let isTaken = loop.batch.operations.withUnsafeReadableBytes { operations in
            loop.gateway.submitGroup(
                tag: tag,
                header: GroupHeader(
                    hasOneRevision: isAtomic, operationCount: first.operationCount, operationsBytes: first.bytes),
                operations: operations)
        }
        if !isTaken { complete(tag.request, with: .outcome(.failed(.overloaded))) }
    }

    /// The answer up to the revision, which holds if everything that was not refused is applied.
    private func writeStartOfBatchAnswer() {
        echo.writeStaticString(#"{"applied":"#)
        echo.writeDecimal(UInt64(loop.batch.operationCount))
        echo.writeStaticString(#","failed":["#)
        echo.writeImmutableBuffer(loop.batch.failures)
        echo.writeStaticString(#"],"revision":"#)
    }

    /// Nothing is written and nobody asked, so the revision is the one that this node has.
    private func answerEmptyBatch(echoBytes: Int) {
        let revision = loop.board.revision
        enqueue(
            .batch, .outcome(.written(CommandResult(status: .applied, existed: false, revision: revision))),
            echoBytes: echoBytes)
    }

    // MARK: Chunks

    /// What the answer to the batch is now that one of its chunks has one; nil if another chunk was submitted.
    func answer(toBatch tagged: UInt64, after answer: PendingRequest.Answer) -> PendingRequest.Answer? {
        let sequence = UInt32(truncatingIfNeeded: tagged)
        guard case .outcome(.written) = answer, let batch = batches[sequence], batch.submittedChunks > 0 else {
            return answer
        }
        batches[sequence]?.appliedOperations += batch.chunks[batch.submittedChunks - 1].operationCount
        guard batch.submittedChunks < batch.chunks.count else { return answer }
        let tag = RequestTag(sink: loop.gateway.sink, connection: slot, request: tagged)
        return submitChunk(sequence, tag) ? nil : .outcome(.failed(.overloaded))
    }

    private func submitChunk(_ sequence: UInt32, _ tag: RequestTag) -> Bool {
        guard var batch = batches.removeValue(forKey: sequence) else {
            preconditionFailure("batch \(sequence) has no more chunks")
        }
        defer { batches[sequence] = batch }
        let chunk = batch.chunks[batch.submittedChunks]
        let isTaken = batch.operations.withUnsafeReadableBytes { operations in
            loop.gateway.submitGroup(
                tag: tag,
                header: GroupHeader(
                    hasOneRevision: false, operationCount: chunk.operationCount, operationsBytes: chunk.bytes),
                operations: UnsafeRawBufferPointer(rebasing: operations[..<chunk.bytes]))
        }
        guard isTaken else { return false }
        batch.submittedChunks += 1
        batch.operations.moveReaderIndex(forwardBy: chunk.bytes)
        loop.collectedBytes -= chunk.bytes
        return true
    }

    func forgetBatch(_ sequence: UInt32) {
        guard !batches.isEmpty, let batch = batches.removeValue(forKey: sequence) else { return }
        loop.collectedBytes -= batch.operations.readableBytes
    }

    func forgetBatches() {
        for batch in batches.values { loop.collectedBytes -= batch.operations.readableBytes }
        batches.removeAll()
    }
}

extension APIError {
    /// The same failure, of a batch of which some chunks were applied before.
    func ofBatch(_ batch: RunningBatch?) -> APIError {
        guard let batch, batch.appliedOperations > 0 else { return self }
        var error = self
        error.message = "\(batch.appliedOperations) operations were applied, then: \(message)"
        error.appliedOperations = batch.appliedOperations
        if applied == .no { error.applied = .partly }
        return error
    }
}
