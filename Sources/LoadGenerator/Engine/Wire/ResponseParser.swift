internal import Glibc

/// Parses HTTP/1.1 responses, one at a time and wherever the stream is cut, and keeps only what a load generator needs:
/// the status, whether the connection stays open, Skiff's revision, and the body if it is wanted.
struct ResponseParser {
    /// The result of a call: how many bytes were consumed, and whether they completed a response.
    struct Step: Equatable {
        var consumed: Int
        var isComplete: Bool
    }

    private enum State: Equatable {
        case head
        case body(remaining: Int)
        /// There is neither a length nor chunks: the body ends with the connection.
        case untilClose
        case chunkSize
        case chunk(remaining: Int)
        case chunkEnd
        case trailer
    }

    private(set) var status = 0
    /// Whether the server closes the connection after this response.
    private(set) var closes = false
    /// The value of the field `X-Skiff-Revision`.
    private(set) var revision: UInt64?
    /// The part of the last response's body that was kept.
    private(set) var body: [UInt8] = []
    private var state = State.head
    private var keepMax = 0
    private var isChunked = false
    private var contentLength: Int?

    private static let chunkLineBytesMax = 1_024

    /// Reads until the response is complete or the bytes end. Bytes that were not consumed must be passed again,
    /// followed by more. `keepsBody` says whether the whole body is wanted; the beginning of an error's body is always
    /// kept.
    mutating func parse(_ bytes: UnsafeRawBufferPointer, keepsBody: Bool) throws(ResponseFailure) -> Step {
        var offset = 0
        while true {
            let rest = UnsafeRawBufferPointer(rebasing: bytes[offset...])
            switch state {
            case .head:
                guard let count = try parseHead(rest) else { return Step(consumed: offset, isComplete: false) }
                offset += count
                try beginBody(keepsBody: keepsBody)
                if state == .body(remaining: 0) { return complete(offset) }
            case .body(let remaining):
                let count = min(remaining, rest.count)
                try keep(rest, count)
                offset += count
                if count == remaining { return complete(offset) }
                state = .body(remaining: remaining - count)
                return Step(consumed: offset, isComplete: false)
            case .untilClose:
                try keep(rest, rest.count)
                return Step(consumed: bytes.count, isComplete: false)
            case .chunkSize:
                guard let count = try parseChunkSize(rest) else { return Step(consumed: offset, isComplete: false) }
                offset += count
            case .chunk(let remaining):
                let count = min(remaining, rest.count)
                try keep(rest, count)
                offset += count
                state = count == remaining ? .chunkEnd : .chunk(remaining: remaining - count)
                if count < remaining { return Step(consumed: offset, isComplete: false) }
            case .chunkEnd:
                guard let line = try line(rest) else { return Step(consumed: offset, isComplete: false) }
                if !line.text.isEmpty { throw .badChunk }
                offset += line.byteCount
                state = .chunkSize
            case .trailer:
                guard let line = try line(rest) else { return Step(consumed: offset, isComplete: false) }
                offset += line.byteCount
                if line.text.isEmpty { return complete(offset) }
            }
        }
    }

    /// Whether the end of the connection completes the response that is being read.
    var endsWithConnection: Bool { state == .untilClose }

    /// Prepares for a new connection.
    mutating func reset() { state = .head }

    private mutating func complete(_ offset: Int) -> Step {
        state = .head
        return Step(consumed: offset, isComplete: true)
    }

    // MARK: Head

    /// The length of the head; nil if its end has not arrived yet.
    private mutating func parseHead(_ bytes: UnsafeRawBufferPointer) throws(ResponseFailure) -> Int? {
        guard var end = Self.lineEnd(bytes, from: 0) else {
            if bytes.count >= 9 || !Self.mayBeStatusLine(bytes) {
                try checkStatusLine(bytes, isWhole: false)
            }
            if bytes.count > EngineLimits.headBytesMax { throw .headTooLarge }
            return nil
        }
        try checkStatusLine(UnsafeRawBufferPointer(rebasing: bytes[..<end]), isWhole: true)
        closes = bytes[7] == UInt8(ascii: "0")
        isChunked = false
        contentLength = nil
        revision = nil
        while true {
            let start = end + 1
            guard let next = Self.lineEnd(bytes, from: start) else {
                if bytes.count > EngineLimits.headBytesMax { throw .headTooLarge }
                return nil
            }
            let isCRLF = next > start && bytes[next - 1] == UInt8(ascii: "\r")
            let length = next - start - (isCRLF ? 1 : 0)
            if length == 0 {
                if next > EngineLimits.headBytesMax { throw .headTooLarge }
                return next + 1
            }
            try parseField(UnsafeRawBufferPointer(rebasing: bytes[start..<(start + length)]))
            end = next
        }
    }

    /// Whether these first bytes may be the start of a status line.
    private static func mayBeStatusLine(_ bytes: UnsafeRawBufferPointer) -> Bool {
        let start: StaticString = "HTTP/1."
        for offset in 0..<min(bytes.count, start.utf8CodeUnitCount) where bytes[offset] != start.utf8Start[offset] {
            return false
        }
        return true
    }

    /// Checks a status line, or the part of it that has arrived. `line` excludes the line feed but may end with a
    /// carriage return.
    private mutating func checkStatusLine(_ line: UnsafeRawBufferPointer, isWhole: Bool) throws(ResponseFailure) {
        guard line.count >= 9, Self.mayBeStatusLine(line), line[7] == UInt8(ascii: "1") || line[7] == UInt8(ascii: "0"),
            line[8] == UInt8(ascii: " ")
        else { throw .notHTTP }
        guard line.count >= 12 else {
            // The status of the previous response must not be taken for this one's.
            if isWhole { throw .notHTTP }
            return
        }
        var status = 0
        for offset in 9..<12 {
            guard line[offset] >= UInt8(ascii: "0"), line[offset] <= UInt8(ascii: "9") else { throw .notHTTP }
            status = 10 * status + Int(line[offset] - UInt8(ascii: "0"))
        }
        let isEnded = line.count == 12 || line[12] == UInt8(ascii: " ") || line[12] == UInt8(ascii: "\r")
        guard status >= 100, isEnded else { throw .notHTTP }
        self.status = status
    }

    private mutating func parseField(_ line: UnsafeRawBufferPointer) throws(ResponseFailure) {
        // Most fields are not needed; the first letter and the position of the colon exclude them.
        switch line[0] | 0x20 {
        case UInt8(ascii: "c"):
            if let value = Self.value(line, of: "content-length") {
                guard let length = Self.decimal(value), length <= UInt64(Int32.max) else { throw .badContentLength }
                if let known = contentLength, known != Int(length) { throw .badContentLength }
                contentLength = Int(length)
            } else if let value = Self.value(line, of: "connection") {
                if Self.equals(value, "close") {
                    closes = true
                } else if Self.equals(value, "keep-alive") {
                    closes = false
                }
            }
        case UInt8(ascii: "t"):
            if let value = Self.value(line, of: "transfer-encoding") {
                guard Self.equals(value, "chunked") else { throw .badChunk }
                isChunked = true
            }
        case UInt8(ascii: "x"):
            if let value = Self.value(line, of: "x-skiff-revision") { revision = Self.decimal(value) }
        default:
            break
        }
    }

    private mutating func beginBody(keepsBody: Bool) throws(ResponseFailure) {
        if status == 101 { throw .protocolSwitch }
        if status < 200 {
            state = .head
            return
        }
        body.removeAll(keepingCapacity: body.capacity <= 1 << 20)
        keepMax = keepsBody ? EngineLimits.bodyBytesMax : status >= 400 ? EngineLimits.errorBodyBytesMax : 0
        if status == 204 || status == 304 {
            state = .body(remaining: 0)
        } else if isChunked {
            state = .chunkSize
        } else if let contentLength {
            state = .body(remaining: contentLength)
        } else {
            closes = true
            state = .untilClose
        }
    }

    // MARK: Body

    /// An error's body is cut at its limit; a wanted body above the limit is a failure.
    private mutating func keep(_ bytes: UnsafeRawBufferPointer, _ count: Int) throws(ResponseFailure) {
        guard keepMax > 0 else { return }
        let room = keepMax - body.count
        if count > room, keepMax == EngineLimits.bodyBytesMax { throw .bodyTooLarge }
        body.append(contentsOf: UnsafeRawBufferPointer(rebasing: bytes[..<min(count, room)]))
    }

    private mutating func parseChunkSize(_ bytes: UnsafeRawBufferPointer) throws(ResponseFailure) -> Int? {
        guard let line = try line(bytes) else { return nil }
        var size = 0
        var digits = 0
        for byte in line.text {
            if byte == UInt8(ascii: ";") || byte == UInt8(ascii: " ") { break }
            guard let digit = Self.hexDigit(byte), digits < 8 else { throw .badChunk }
            size = size << 4 | digit
            digits += 1
        }
        guard digits > 0 else { throw .badChunk }
        state = size == 0 ? .trailer : .chunk(remaining: size)
        return line.byteCount
    }

    /// The line at the start of `bytes` without its line break, and its length with the line break; nil if it is
    /// incomplete.
    private func line(
        _ bytes: UnsafeRawBufferPointer
    ) throws(ResponseFailure) -> (text: UnsafeRawBufferPointer, byteCount: Int)? {
        guard let end = Self.lineEnd(bytes, from: 0) else {
            if bytes.count > Self.chunkLineBytesMax { throw .badChunk }
            return nil
        }
        let isCRLF = end > 0 && bytes[end - 1] == UInt8(ascii: "\r")
        return (UnsafeRawBufferPointer(rebasing: bytes[..<(isCRLF ? end - 1 : end)]), end + 1)
    }

    // MARK: Bytes

    /// The position of the next line feed.
    private static func lineEnd(_ bytes: UnsafeRawBufferPointer, from offset: Int) -> Int? {
        guard offset < bytes.count, let start = bytes.baseAddress,
            let found = memchr(start + offset, Int32(UInt8(ascii: "\n")), bytes.count - offset)
        else { return nil }
        return UnsafeRawPointer(found) - start
    }

    /// The trimmed value of the field if the line has this name, which is given in lower case.
    private static func value(_ line: UnsafeRawBufferPointer, of name: StaticString) -> UnsafeRawBufferPointer? {
        let nameCount = name.utf8CodeUnitCount
        guard line.count > nameCount, line[nameCount] == UInt8(ascii: ":"),
            equals(UnsafeRawBufferPointer(rebasing: line[..<nameCount]), name)
        else { return nil }
        var start = nameCount + 1
        var end = line.count
        while start < end, line[start] == UInt8(ascii: " ") || line[start] == UInt8(ascii: "\t") { start += 1 }
        while end > start, line[end - 1] == UInt8(ascii: " ") || line[end - 1] == UInt8(ascii: "\t") { end -= 1 }
        return UnsafeRawBufferPointer(rebasing: line[start..<end])
    }

    /// Compares without regard to the case of `bytes`; `text` is in lower case.
    private static func equals(_ bytes: UnsafeRawBufferPointer, _ text: StaticString) -> Bool {
        guard bytes.count == text.utf8CodeUnitCount else { return false }
        for offset in 0..<bytes.count {
            let byte = bytes[offset]
            let isUpper = byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z")
            if (isUpper ? byte | 0x20 : byte) != text.utf8Start[offset] { return false }
        }
        return true
    }

    private static func decimal(_ bytes: UnsafeRawBufferPointer) -> UInt64? {
        guard bytes.count > 0, bytes.count < 20 else { return nil }
        var value: UInt64 = 0
        for byte in bytes {
            guard byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") else { return nil }
            value = 10 * value + UInt64(byte - UInt8(ascii: "0"))
        }
        return value
    }

    private static func hexDigit(_ byte: UInt8) -> Int? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): Int(byte - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): Int(byte - UInt8(ascii: "a")) + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): Int(byte - UInt8(ascii: "A")) + 10
        default: nil
        }
    }
}
