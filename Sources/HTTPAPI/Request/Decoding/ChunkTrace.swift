/// The way through one body in chunks, RFC 9112, 7.1, for what its lines announce:
///
/// ```
/// 5;extension␍␊      size of a chunk, in hexadecimal
/// hello␍␊
/// 0␍␊                the last one
/// Trailer: value␍␊
/// ␍␊
/// ```
///
/// It checks nothing, because the decoder does that with each byte that was followed here.
struct ChunkTrace {
    private enum Place {
        case size
        /// What follows the digits of a size.
        case extensions
        case data(bytesLeft: UInt64)
        /// The line end after the data.
        case dataEnd
        case trailers(isLineEmpty: Bool)
        case end
    }

    private var place = Place.size
    /// Of the chunk whose line was read last, or is.
    private var size: UInt64 = 0
    /// Of all chunks before it.
    private var earlierBytes: UInt64 = 0
    /// Of the line under way, if it is one before a chunk.
    private(set) var lineBytes = 0

    var hasEnded: Bool {
        switch place {
        case .end: true
        case .size, .extensions, .data, .dataEnd, .trailers: false
        }
    }

    /// The size of the body as far as it is known, or the largest number there is.
    var statedBytes: UInt64 {
        let (sum, overflow) = earlierBytes.addingReportingOverflow(size)
        return overflow ? .max : sum
    }

    /// Follows bytes up to their end or that of the body. Returns how many those are.
    mutating func follow(_ bytes: UnsafeRawBufferPointer) -> Int {
        var offset = 0
        while offset < bytes.count, !hasEnded {
            if case .data(let bytesLeft) = place {
                let count = min(bytesLeft, UInt64(bytes.count - offset))
                place = count < bytesLeft ? .data(bytesLeft: bytesLeft - count) : .dataEnd
                offset += Int(count)
            } else {
                follow(bytes[offset])
                offset += 1
            }
        }
        return offset
    }

    /// A byte of a line.
    private mutating func follow(_ byte: UInt8) {
        let endsLine = byte == UInt8(ascii: "\n")
        switch place {
        case .size, .extensions:
            lineBytes += 1
            if endsLine { return sizeEnded() }
            if case .size = place, let digit = byte.hexadecimalValue { return append(digit) }
            place = .extensions
        case .dataEnd:
            guard endsLine else { return }
            earlierBytes = statedBytes
            size = 0
            place = .size
        case .trailers(let isLineEmpty):
            if endsLine {
                place = isLineEmpty ? .end : .trailers(isLineEmpty: true)
            } else if byte != UInt8(ascii: "\r") {
                place = .trailers(isLineEmpty: false)
            }
        case .data, .end:
            preconditionFailure("a byte of a chunk's data was taken for one of a line")
        }
    }

    private mutating func append(_ digit: UInt8) {
        let (product, overflow) = size.multipliedReportingOverflow(by: 16)
        size = overflow ? .max : product | UInt64(digit)
    }

    private mutating func sizeEnded() {
        lineBytes = 0
        place = size > 0 ? .data(bytesLeft: size) : .trailers(isLineEmpty: true)
    }
}
