internal import NIOCore

/// The way through the messages that NIO's decoder reads, one part at a time: a head up to its empty line, then a body
/// of a stated size or in chunks. The decoder says neither where a head ends nor how large a chunk is going to be, and
/// takes request lines that not every server reads in the same way; this knows before the decoder gets the bytes.
struct MessageTrace {
    private enum Place {
        case head
        case body(bytesLeft: Int)
        case chunks(ChunkTrace)
    }

    /// The decoder's own limit leaves out line ends and white space.
    private static let headBytesMax = HTTPLimits.headerBytesMax + 4 * HTTPLimits.headerFieldsMax

    private var place = Place.head
    /// The head as far as it has come, from its request line on.
    private var bytes = ByteBuffer()
    private var isHeadComplete = false

    /// The beginning of a head, or all of it. Nil in a body.
    var head: ByteBuffer? {
        switch place {
        case .head: bytes
        case .body, .chunks: nil
        }
    }

    /// Takes bytes from the start of `arrived`, as many as belong to the part under way, and returns how many.
    /// `partWasDecoded` follows.
    mutating func take(_ arrived: UnsafeRawBufferPointer) -> Int {
        switch place {
        case .head:
            return takeHead(arrived)
        case .body(let bytesLeft):
            let count = min(bytesLeft, arrived.count)
            place = .body(bytesLeft: bytesLeft - count)
            return count
        case .chunks(var chunks):
            let count = chunks.follow(arrived)
            place = .chunks(chunks)
            return count
        }
    }

    private mutating func takeHead(_ arrived: UnsafeRawBufferPointer) -> Int {
        let known = bytes.readableBytes
        // RFC 9112, 2.2: empty lines before a request are ignored.
        let start = known > 0 ? 0 : arrived.firstIndex { $0 != 0x0D && $0 != 0x0A } ?? arrived.count
        let rest = arrived[start...].prefix(max(0, Self.headBytesMax + 1 - known))
        bytes.writeBytes(UnsafeRawBufferPointer(rebasing: rest))
        guard let size = headBytes(knownWithoutEnd: known) else { return arrived.count }
        bytes.moveWriterIndex(to: bytes.readerIndex + size)
        isHeadComplete = true
        return start + size - known
    }

    /// All of the head with its empty line; nil if that has not come.
    private func headBytes(knownWithoutEnd known: Int) -> Int? {
        bytes.withUnsafeReadableBytes { bytes in
            var offset = max(0, known - 2)
            while let line = bytes[offset...].firstIndex(of: UInt8(ascii: "\n")) {
                offset = line + 1
                if UnsafeRawBufferPointer(rebasing: bytes[offset...]).hasPrefix("\r\n") { return offset + 2 }
            }
            return nil
        }
    }

    /// The decoder has looked at what `take` took, and has not refused it.
    mutating func partWasDecoded() {
        switch place {
        case .head:
            guard isHeadComplete else { return }
            isHeadComplete = false
            // The decoder takes the start of HTTP/2 for a head, and refuses it a line later.
            if bytes.withUnsafeReadableBytes({ $0.hasPrefix("PRI ") }) { return }
            place = bytes.withUnsafeReadableBytes(Self.body)
            bytes.clear()
        case .body(let bytesLeft):
            if bytesLeft == 0 { place = .head }
        case .chunks(let chunks):
            if chunks.hasEnded { place = .head }
        }
    }

    /// What follows a head, as it states it. The decoder has checked that it states one thing.
    private static func body(after head: UnsafeRawBufferPointer) -> Place {
        var length = 0
        for line in head.split(separator: UInt8(ascii: "\n")) {
            guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else { continue }
            let name = UnsafeRawBufferPointer(rebasing: line[..<colon])
            if name.equalsIgnoringCase("transfer-encoding") { return .chunks(ChunkTrace()) }
            guard name.equalsIgnoringCase("content-length") else { continue }
            let value = UnsafeRawBufferPointer(rebasing: line[(colon + 1)...].dropLast()).trimmingOWS
            length = Int(clamping: value.decimalValue ?? 0)
        }
        return length > 0 ? .body(bytesLeft: length) : .head
    }

    // MARK: What the decoder would let pass

    /// RFC 9112, 3: one space stands after the method and one after the target. A server that takes several may find
    /// another target than the proxy before it, "potentially causing security vulnerabilities".
    var hasSpacesToSpare: Bool {
        guard isHeadComplete else { return false }
        return bytes.withUnsafeReadableBytes { bytes in
            var spaces = 0
            for byte in bytes {
                if byte == UInt8(ascii: "\n") { break }
                if byte == UInt8(ascii: " ") { spaces += 1 }
            }
            return spaces > 2
        }
    }

    var isHeadTooLong: Bool { bytes.readableBytes > Self.headBytesMax }

    /// The body is in chunks, and those that have begun make it larger than any may be.
    var announcesTooLargeBody: Bool {
        guard case .chunks(let chunks) = place else { return false }
        return chunks.statedBytes > HTTPLimits.requestBytesMax
    }

    /// The line before a chunk does not end.
    var isChunkLineTooLong: Bool {
        guard case .chunks(let chunks) = place else { return false }
        return chunks.lineBytes > HTTPLimits.headerBytesMax
    }
}
