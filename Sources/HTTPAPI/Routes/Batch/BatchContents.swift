internal import Bytes
internal import KeyValue
internal import NIOCore

/// The content of one request `POST /v1/batch`: its operations as groups carry them, back to back and cut into chunks,
/// of which each becomes one group, and the text about those that were refused. Its memory stays when it is emptied.
struct BatchContents {
    struct Chunk: Hashable {
        var operationCount = 0
        var bytes = 0
    }

    private(set) var operations = ByteBuffer()
    private(set) var chunks: [Chunk] = []
    /// Of all chunks.
    private(set) var operationCount = 0
    /// The elements of the answer's `failed`.
    private(set) var failures = ByteBuffer()
    private(set) var failureCount = 0

    /// The memory of a larger batch is not kept.
    private static let keptBytesMax = 2 * KeyValueLimits.groupBytesMax

    mutating func removeAll() {
        if operations.storageCapacity > Self.keptBytesMax { operations = ByteBuffer() } else { operations.clear() }
        failures.clear()
        chunks.removeAll(keepingCapacity: true)
        operationCount = 0
        failureCount = 0
    }

    /// Gives the encoded operations away, so that they outlive the next batch.
    mutating func takeOperations() -> ByteBuffer {
        var taken = ByteBuffer()
        swap(&taken, &operations)
        return taken
    }

    /// Makes room for the operations of a document of this size, so that no operation allocates.
    mutating func reserve(documentBytes: Int) {
        operations.reserveCapacity(documentBytes)
    }

    /// Encodes an operation and adds it to the last chunk, or to a new one when that is full; keys and values are
    /// copied here, once. Returns what is wrong with an operation that cannot be taken.
    mutating func append(_ operation: BatchOperation, chunkOperationsMax: Int) -> OperationFailure? {
        var failure: OperationFailure?
        let room = OperationView.headerBytes + operation.key.bytes.count + operation.value.bytes.count
        let size = operations.writeWithUnsafeMutableBytes(minimumWritableBytes: room) { target in
            do throws(OperationFailure) {
                return try operation.encode(into: target)
            } catch {
                failure = error
                return 0
            }
        }
        if let failure { return failure }
        let isFull =
            chunks.last.map {
                $0.operationCount >= chunkOperationsMax || $0.bytes + size > KeyValueLimits.groupBytesMax
            } ?? true
        if isFull { chunks.append(Chunk()) }
        chunks[chunks.count - 1].operationCount += 1
        chunks[chunks.count - 1].bytes += size
        operationCount += 1
        return nil
    }

    mutating func append(_ failure: OperationFailure, at position: BatchPosition) {
        if failureCount > 0 { failures.writeStaticString(",") }
        failureCount += 1
        failures.writeString(#"{"index":\#(position.index),"error":"#)
        JSONText.writeString(position.sentence(failure.message), to: &failures)
        failures.writeString(#","code":"\#(failure.code.rawValue)"}"#)
    }
}
