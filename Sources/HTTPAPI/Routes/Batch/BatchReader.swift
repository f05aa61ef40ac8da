internal import Glibc
internal import KeyValue

/// Reads the body of `POST /v1/batch`: one operation per line (NDJSON), or an array of operations. All of it is checked
/// before anything of it is submitted.
///
/// Malformed JSON fails the request. A well-formed but invalid operation fails the whole request if it is atomic,
/// otherwise only that operation.
struct BatchReader {
    let document: UnsafeRawBufferPointer
    let isAtomic: Bool
    let chunkOperationsMax: Int
    private var position = BatchPosition()

    init(_ document: UnsafeRawBufferPointer, isAtomic: Bool, chunkOperationsMax: Int) {
        self.document = document
        self.isAtomic = isAtomic
        self.chunkOperationsMax = chunkOperationsMax
    }

    /// `contents` is empty and of no use after an error.
    mutating func read(into contents: inout BatchContents) throws(APIError) {
        guard document.isUTF8 else { throw .invalidBatch(JSONFailure.notUTF8().detail) }
        var scanner = JSONScanner(document)
        scanner.skipWhitespace()
        guard let first = scanner.next else { return }
        contents.reserve(documentBytes: document.count)
        if first == UInt8(ascii: "[") {
            try readArray(with: &scanner, into: &contents)
        } else {
            try readLines(into: &contents)
        }
    }

    private mutating func readLines(into contents: inout BatchContents) throws(APIError) {
        var start = 0
        var line = 0
        while start < document.count {
            let end = endOfLine(from: start)
            line += 1
            let text = UnsafeRawBufferPointer(rebasing: document[start..<end])
            start = end + 1
            var scanner = JSONScanner(text)
            scanner.skipWhitespace()
            if scanner.next == nil { continue }
            position.line = line
            var reader = OperationReader(text, scanner, depth: 0)
            try read(with: &reader, into: &contents)
            scanner = reader.scanner
            scanner.skipWhitespace()
            if let extra = scanner.next {
                let failure = JSONFailure.syntax(extra, at: scanner.offset, "after top-level value")
                throw .invalidBatch(position.sentence(failure.detail))
            }
            position.index += 1
        }
    }

    private func endOfLine(from start: Int) -> Int {
        // Not empty where a line is looked for, so it has a base address.
        let base = document.baseAddress!
        guard let found = memchr(base + start, Int32(UInt8(ascii: "\n")), document.count - start) else {
            return document.count
        }
        return UnsafeRawPointer(found) - base
    }

    private mutating func readArray(
        with scanner: inout JSONScanner, into contents: inout BatchContents
    ) throws(APIError) {
        scanner.advance()
        scanner.skipWhitespace()
        var isOpen = true
        if scanner.next == UInt8(ascii: "]") {
            scanner.advance()
            isOpen = false
        }
        while isOpen {
            var reader = OperationReader(document, scanner, depth: 1)
            try read(with: &reader, into: &contents)
            scanner = reader.scanner
            scanner.skipWhitespace()
            let byte = scanner.next
            isOpen = byte == UInt8(ascii: ",")
            guard isOpen || byte == UInt8(ascii: "]") else {
                let failure = byte.map { JSONFailure.syntax($0, at: scanner.offset, "after array element") }
                throw .invalidBatch(position.sentence((failure ?? .unexpectedEnd).detail))
            }
            scanner.advance()
            position.index += 1
        }
        scanner.skipWhitespace()
        if let extra = scanner.next {
            throw .invalidBatch(JSONFailure.syntax(extra, at: scanner.offset, "after top-level value").detail)
        }
    }

    /// Reads one operation and keeps it, or what is wrong with it.
    private mutating func read(
        with reader: inout OperationReader, into contents: inout BatchContents
    ) throws(APIError) {
        let failure: OperationFailure?
        do throws(JSONFailure) {
            try reader.read()
        } catch {
            throw .invalidBatch(position.sentence(error.detail))
        }
        if let operation = reader.operation {
            failure = contents.append(operation, chunkOperationsMax: chunkOperationsMax)
        } else {
            failure = reader.failure ?? .notAnOperation
        }
        if let failure {
            guard !isAtomic else { throw .invalidArgument(position.sentence(failure.message)) }
            contents.append(failure, at: position)
            guard contents.failureCount <= HTTPLimits.batchFailuresMax else {
                throw .invalidArgument(
                    "more than \(HTTPLimits.batchFailuresMax) operations are wrong, so none was carried out; "
                        + position.sentence(failure.message))
            }
        }
        if isAtomic, contents.chunks.count > 1 { throw .batchTooLarge(contents.chunks[0]) }
    }
}

extension APIError {
    static func invalidBatch(_ detail: String) -> APIError {
        APIError(.invalidJSON, "the body is not lines of JSON or a JSON array: \(detail)")
    }

    /// `full` is what fits, or would have been the first chunk.
    static func batchTooLarge(_ full: BatchContents.Chunk) -> APIError {
        let isByCount = full.operationCount >= KeyValueLimits.groupOperationsMax
        let limit = isByCount ? KeyValueLimits.groupOperationsMax : KeyValueLimits.groupBytesMax
        let what =
            isByCount
            ? "more than \(limit) operations"
            : "more than \(limit) bytes of keys and values, with \(OperationView.headerBytes) for each operation"
        var error = APIError(
            .batchTooLarge, "an atomic batch cannot hold \(what); send less at once, or without 'atomic'")
        error.limit = limit
        return error
    }
}
