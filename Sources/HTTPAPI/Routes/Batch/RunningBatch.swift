internal import HotPath
internal import KeyValue
internal import NIOCore

/// A batch of several chunks that is under way. Its chunks follow each other: one is submitted after the one before it
/// was applied, so that the operations are applied in their order and a failure leaves a known number of them applied.
///
/// Its operations count as collected bytes of the loop until they are submitted, or until `giveBack`.
struct RunningBatch {
    /// Those of the chunks that were not submitted yet.
    private var operations: ByteBuffer
    private let chunks: [BatchContents.Chunk]
    private var submittedChunks = 0
    /// Operations that are known to be applied: the first ones.
    private(set) var appliedOperations = 0

    init(_ contents: inout BatchContents, _ bodies: inout BodyBudget) {
        chunks = contents.chunks
        operations = contents.takeOperations()
        bodies.takeAnyway(operations.readableBytes)
    }

    var hasMoreChunks: Bool { submittedChunks < chunks.count }

    /// The last chunk that was submitted is applied.
    mutating func chunkWasApplied() {
        precondition(submittedChunks > 0, "a chunk was applied before one was submitted")
        appliedOperations += chunks[submittedChunks - 1].operationCount
    }

    /// Submits the next chunk. False, with nothing taken, if the node is overloaded.
    mutating func submitChunk(_ tag: RequestTag, _ services: LoopServices) -> Bool {
        precondition(hasMoreChunks, "a batch of \(chunks.count) chunks has no more of them")
        let chunk = chunks[submittedChunks]
        let isTaken = operations.withUnsafeReadableBytes { operations in
            services.gateway.submitGroup(
                tag: tag,
                header: GroupHeader(
                    hasOneRevision: false, operationCount: chunk.operationCount, operationsBytes: chunk.bytes),
                operations: UnsafeRawBufferPointer(rebasing: operations[..<chunk.bytes]))
        }
        guard isTaken else { return false }
        submittedChunks += 1
        operations.moveReaderIndex(forwardBy: chunk.bytes)
        services.bodies.giveBack(chunk.bytes)
        return true
    }

    /// Ends the batch, whether or not everything was submitted.
    func giveBack(_ bodies: inout BodyBudget) { bodies.giveBack(operations.readableBytes) }
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
