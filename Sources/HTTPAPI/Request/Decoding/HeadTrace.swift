internal import NIOCore

/// The bytes of the head that NIO's decoder is about to end, for the case that it refuses it. The decoder does not say
/// where a message ends, so this counts along: a head up to its empty line, then its body. After a body in chunks it
/// waits until the decoder stands between two messages at the end of its input.
struct HeadTrace {
    private enum Place {
        case head
        case body(bytesLeft: Int)
        case unknown
    }

    private static let keptBytesMax = HTTPLimits.headerBytesMax + 4 * HTTPLimits.headerFieldsMax

    private var place = Place.head
    private var bytes = ByteBuffer()

    /// The beginning of a head, or all of it. Nil if it is not known where one begins.
    var head: ByteBuffer? {
        switch place {
        case .head: bytes
        case .body, .unknown: nil
        }
    }

    /// Takes bytes that the decoder sees for the first time.
    mutating func append(_ arrived: ByteBufferView) {
        switch place {
        case .head: bytes.writeBytes(arrived.prefix(max(0, Self.keptBytesMax - bytes.readableBytes)))
        case .body(let bytesLeft):
            let count = min(bytesLeft, arrived.count)
            place = count < bytesLeft ? .body(bytesLeft: bytesLeft - count) : .head
            if case .head = place { append(arrived.dropFirst(count)) }
        case .unknown: break
        }
    }

    /// The decoder has looked at all of it. Passes over the messages that are complete; with `upToFlaw` only over those
    /// before the first whose head has a flaw.
    mutating func skipMessages(upToFlaw: Bool) {
        while case .head = place, let size = sizeOfHead, let head = bytes.getSlice(at: bytes.readerIndex, length: size)
        {
            // The decoder takes the start of HTTP/2 for a head, and refuses it a line later.
            if head.readableBytesView.starts(with: "PRI ".utf8) { break }
            if upToFlaw, head.withUnsafeReadableBytes({ HeadFlaw.find(in: $0) }) != nil { break }
            bytes.moveReaderIndex(forwardBy: size)
            guard let length = head.withUnsafeReadableBytes(Self.bodyBytes) else {
                place = .unknown
                break
            }
            let count = min(length, bytes.readableBytes)
            bytes.moveReaderIndex(forwardBy: count)
            if count < length { place = .body(bytesLeft: length - count) }
        }
        if case .head = place { bytes.discardReadBytes() } else { bytes.clear() }
    }

    /// The decoder stands between two messages, and its input ended with an empty line, as a body in chunks does.
    mutating func begin() {
        guard case .unknown = place else { return }
        place = .head
        bytes.clear()
    }

    /// With the empty line, and with those before the request line. Nil if the end of the head is not here.
    private var sizeOfHead: Int? {
        bytes.withUnsafeReadableBytes { bytes in
            guard let start = bytes.firstIndex(where: { $0 != 0x0D && $0 != 0x0A }) else { return nil }
            var offset = start
            while let line = bytes[offset...].firstIndex(of: UInt8(ascii: "\n")) {
                let next = line + 1
                if UnsafeRawBufferPointer(rebasing: bytes[next...]).hasPrefix("\r\n") { return next + 2 }
                offset = next
            }
            return nil
        }
    }

    /// As the head states it; nil if the body comes in chunks.
    private static func bodyBytes(_ head: UnsafeRawBufferPointer) -> Int? {
        var length = 0
        for line in head.split(separator: UInt8(ascii: "\n")) {
            guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else { continue }
            let name = UnsafeRawBufferPointer(rebasing: line[..<colon])
            if name.equalsIgnoringCase("transfer-encoding") { return nil }
            guard name.equalsIgnoringCase("content-length") else { continue }
            let value = UnsafeRawBufferPointer(rebasing: line[(colon + 1)...].dropLast()).trimmingOWS
            length = Int(clamping: value.decimalValue ?? 0)
        }
        return length
    }
}
