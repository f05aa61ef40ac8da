internal import HotPath
internal import KeyValue
internal import NIOCore

/// `POST /v1/batch`: from the body to groups, and from their results to an answer.
enum BatchRoute: WriteRoute {
    static var bodyBytesMax: Int { HTTPLimits.requestBytesMax }

    static func takes(_ parameter: Parameter) -> Bool {
        parameter == .atomic || parameter == .chunk || parameter.isOfWrites
    }

    static func readField(
        _ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer, into head: inout RequestHead
    ) throws(APIError) {
        if name.equalsIgnoringCase("if-match") || name.equalsIgnoringCase("if-none-match") {
            throw .notSupported("a condition on a batch, '\(String(decoding: name, as: UTF8.self))',")
        }
        try RequestHead.refuseIdempotencyKey(name)
    }

    static func carryOut(_ request: inout IncomingRequest, _ answers: inout AnswerQueue, _ table: ConnectionTable) {
        let services = table.services
        defer { services.batch.removeAll() }
        if let failure = read(request, into: &services.batch) {
            return answers.append(failure, for: request.head, services)
        }
        answers.repeatText { writeStartOfAnswer(services.batch, to: &$0) }
        if services.batch.chunks.isEmpty {
            // Nothing is written and nobody asked, so the revision is the one that this node has.
            let result = CommandResult(status: .applied, existed: false, revision: services.board.revision)
            answers.append(.write(self), .outcome(.written(result)), for: request.head, services)
            return
        }
        let tag = answers.append(.write(self), .waiting, for: request.head, services)
        let isTaken =
            services.batch.chunks.count == 1
            ? submitOnlyChunk(isAtomic: request.head.isAtomic, tag, services) : answers.startBatch(tag, services)
        if !isTaken { answers.complete(tag.request, with: .failed(.overloaded), services) }
    }

    private static func read(_ request: borrowing IncomingRequest, into batch: inout BatchContents) -> APIError? {
        let isAtomic = request.head.isAtomic
        let chunkOperationsMax =
            isAtomic
            ? KeyValueLimits.groupOperationsMax : request.head.chunkOperations ?? HTTPLimits.batchChunkOperations
        let text = request.body ?? ByteBuffer()
        return text.withUnsafeReadableBytes { bytes in
            var reader = BatchReader(bytes, isAtomic: isAtomic, chunkOperationsMax: chunkOperationsMax)
            do throws(APIError) {
                try reader.read(into: &batch)
                return nil
            } catch {
                return error
            }
        }
    }

    private static func submitOnlyChunk(isAtomic: Bool, _ tag: RequestTag, _ services: LoopServices) -> Bool {
        let chunk = services.batch.chunks[0]
        return services.batch.operations.withUnsafeReadableBytes { operations in
            services.gateway.submitGroup(
                tag: tag,
                header: GroupHeader(
                    hasOneRevision: isAtomic, operationCount: chunk.operationCount, operationsBytes: chunk.bytes),
                operations: operations)
        }
    }

    /// The answer up to the revision, which holds if everything that was not refused is applied.
    private static func writeStartOfAnswer(_ batch: BatchContents, to text: inout ByteBuffer) {
        text.writeStaticString(#"{"applied":"#)
        text.writeDecimal(UInt64(batch.operationCount))
        text.writeStaticString(#","failed":["#)
        text.writeImmutableBuffer(batch.failures)
        text.writeStaticString(#"],"revision":"#)
    }

    /// `{"applied":2,"failed":[],"revision":7}`
    static func writeAnswer(
        _ result: CommandResult, repeating start: UnsafeRawBufferPointer, _ options: AnswerOptions,
        by writer: AnswerWriter, to output: inout ByteBuffer
    ) {
        writer.writeRevision(result.revision, after: start, options, to: &output)
    }
}
