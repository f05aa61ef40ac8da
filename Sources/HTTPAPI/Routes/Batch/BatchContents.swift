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

/// Where an operation stands in the body of a batch.
struct BatchPosition: Hashable {
    /// From 0. Blank lines do not count.
    var index = 0
    /// From 1, with blank lines; nil in an array.
    var line: Int?

    func sentence(_ message: String) -> String {
        guard let line else { return "operation \(index): \(message)" }
        return "operation \(index) (line \(line)): \(message)"
    }
}

/// Why one operation of a batch is refused.
struct OperationFailure: Error, Hashable {
    var code = ErrorCode.invalidArgument
    let message: String

    init(_ message: String) { self.message = message }

    static let notAnOperation = OperationFailure("an operation is an object with one member, 'put' or 'delete'")

    static func valueTooLarge(_ field: StaticString) -> OperationFailure {
        var failure = OperationFailure("field '\(field)' is larger than \(KeyValueLimits.valueBytesMax) bytes")
        failure.code = .valueTooLarge
        return failure
    }

    static func unknownField(_ name: UnsafeRawBufferPointer, in object: StaticString?) -> OperationFailure {
        let shown = String(decoding: name.prefix(HTTPLimits.quotedNameBytesMax), as: UTF8.self)
        guard let object else { return OperationFailure("unknown field '\(shown)'; an operation is 'put' or 'delete'") }
        return OperationFailure("unknown field '\(shown)' in '\(object)'")
    }
}

/// A key or value in the text of a batch, viewed in place.
struct BatchPiece {
    enum Encoding {
        /// The bytes themselves.
        case plain
        /// The content of a JSON string with escapes.
        case escaped
        case base64
        /// Base64 in a JSON string with escapes.
        case escapedBase64
    }

    static var none: BatchPiece { BatchPiece(bytes: UnsafeRawBufferPointer(start: nil, count: 0), encoding: .plain) }

    let bytes: UnsafeRawBufferPointer
    let encoding: Encoding

    /// Writes the bytes that the piece stands for to the start of `target`, which has room for `bytes`, and returns
    /// their number; nil if the value was declared Base64 and is not.
    func write(to target: UnsafeMutableRawBufferPointer) -> Int? {
        switch encoding {
        case .plain:
            if bytes.count > 0 { target.copyMemory(from: bytes) }
            return bytes.count
        case .escaped:
            return JSONText.decode(bytes, into: target)
        case .base64:
            return Base64.decode(bytes, into: target)
        case .escapedBase64:
            var text: [UInt8] = []
            JSONText.appendDecoded(bytes, to: &text)
            return text.withUnsafeBytes { Base64.decode($0, into: target) }
        }
    }
}

/// One operation in the text of a batch, viewed in place.
struct BatchOperation {
    /// `put` or `delete`.
    var kind: CommandKind
    var key: BatchPiece
    var keyField: StaticString
    /// Nil for a delete.
    var valueType: ValueType?
    var value = BatchPiece.none
    var valueField: StaticString = "value"

    /// Writes the operation as a group carries it (`OperationView`) to the start of `target`, which has room for the
    /// header and both texts, and returns its size.
    func encode(into target: UnsafeMutableRawBufferPointer) throws(OperationFailure) -> Int {
        let keyStart = OperationView.headerBytes
        guard let keyBytes = key.write(to: UnsafeMutableRawBufferPointer(rebasing: target[keyStart...])) else {
            throw Self.notBase64(keyField)
        }
        guard keyBytes > 0 else { throw OperationFailure("field '\(keyField)' is empty") }
        guard keyBytes <= KeyValueLimits.keyBytesMax else {
            throw OperationFailure("field '\(keyField)' is longer than \(KeyValueLimits.keyBytesMax) bytes")
        }
        let valueStart = keyStart + keyBytes
        guard let valueBytes = value.write(to: UnsafeMutableRawBufferPointer(rebasing: target[valueStart...])) else {
            throw Self.notBase64(valueField)
        }
        guard valueBytes <= KeyValueLimits.valueBytesMax else { throw .valueTooLarge(valueField) }
        OperationView.encodeHeader(kind, valueType, keyBytes: keyBytes, valueBytes: valueBytes, into: target)
        return valueStart + valueBytes
    }

    private static func notBase64(_ field: StaticString) -> OperationFailure {
        OperationFailure("field '\(field)' is not Base64 as RFC 4648, section 4, has it")
    }
}
