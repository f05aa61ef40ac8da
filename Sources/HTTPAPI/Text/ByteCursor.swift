internal import NIOCore

/// Fills memory from its start. Every append is checked against the end, so that a size computed wrongly stops the
/// process instead of damaging it.
struct ByteCursor {
    private let target: UnsafeMutableRawBufferPointer
    /// Bytes written.
    private(set) var count = 0

    /// The memory must outlive the cursor.
    init(_ target: UnsafeMutableRawBufferPointer) { self.target = target }

    mutating func append(_ text: StaticString) {
        append(UnsafeRawBufferPointer(text))
    }

    mutating func append(_ bytes: UnsafeRawBufferPointer) {
        guard bytes.count > 0 else { return }
        precondition(bytes.count <= target.count - count, "an answer is larger than the room made for it")
        // Neither is empty, so both have a base address.
        (target.baseAddress! + count).copyMemory(from: bytes.baseAddress!, byteCount: bytes.count)
        count += bytes.count
    }

    mutating func append(decimal value: UInt64) {
        let digits = value.decimalDigitCount
        precondition(digits <= target.count - count, "an answer is larger than the room made for it")
        var rest = value
        var position = count + digits
        repeat {
            position -= 1
            let (quotient, digit) = rest.quotientAndRemainder(dividingBy: 10)
            target[position] = UInt8(ascii: "0") + UInt8(digit)
            rest = quotient
        } while rest > 0
        count += digits
    }
}

extension ByteBuffer {
    mutating func writeDecimal(_ value: UInt64) {
        writeWithUnsafeMutableBytes(minimumWritableBytes: UInt64.decimalDigitCountMax) { target in
            var cursor = ByteCursor(target)
            cursor.append(decimal: value)
            return cursor.count
        }
    }
}

extension UInt64 {
    /// The number of digits in decimal; at least 1.
    var decimalDigitCount: Int {
        var count = 1
        var bound: UInt64 = 10
        while count < 20, self >= bound {
            count += 1
            // The largest power of ten in 64 bits has twenty digits; the loop ends there.
            bound = count < 20 ? bound * 10 : bound
        }
        return count
    }

    static let decimalDigitCountMax = 20
}
