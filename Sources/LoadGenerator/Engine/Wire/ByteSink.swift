internal import Bytes

/// Appends to a block of memory whose size is known to suffice.
struct ByteSink {
    private let bytes: UnsafeMutableRawBufferPointer
    private(set) var count = 0

    init(_ bytes: UnsafeMutableRawBufferPointer) { self.bytes = bytes }

    @inline(__always)
    mutating func append(_ text: StaticString) {
        append(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    @inline(__always)
    mutating func append(_ text: [UInt8]) { text.withUnsafeBytes { append($0) } }

    @inline(__always)
    mutating func append(_ source: UnsafeRawBufferPointer) {
        guard let start = source.baseAddress else { return }
        reserve(source.count).copyMemory(from: start, byteCount: source.count)
    }

    /// Returns room for `count` bytes, which the caller fills.
    @inline(__always)
    mutating func reserve(_ byteCount: Int) -> UnsafeMutableRawPointer {
        guard let start = bytes.baseAddress, count + byteCount <= bytes.count else {
            preconditionFailure("a request is longer than the \(bytes.count) bytes that were counted for it")
        }
        let place = start + count
        count += byteCount
        return place
    }

    /// Without leading zeros.
    mutating func append(decimal value: UInt64) {
        var digits = 1
        var bound: UInt64 = 10
        while digits < 20, value >= bound {
            digits += 1
            bound = bound.multipliedReportingOverflow(by: 10).overflow ? .max : bound * 10
        }
        append(value, digits: digits)
    }

    /// The last `digits` decimal digits.
    @inline(__always)
    mutating func append(_ value: UInt64, digits: Int) {
        let place = reserve(digits)
        var rest = value
        var position = digits
        while position > 0 {
            position -= 1
            let (quotient, digit) = rest.quotientAndRemainder(dividingBy: 10)
            place.storeBytes(
                of: UInt8(ascii: "0") + UInt8(truncatingIfNeeded: digit), toByteOffset: position, as: UInt8.self)
            rest = quotient
        }
    }

    /// The base64 text of `source`, with padding.
    mutating func append(base64 source: UnsafeRawBufferPointer) {
        let size = Base64.encodedCount(source.count)
        Base64.encode(source, into: UnsafeMutableRawBufferPointer(start: reserve(size), count: size))
    }
}
