/// Whole numbers as people write them: decimal digits and nothing else. The initialisers of the integers take a sign as
/// well, which has no place in a port, a count or a revision.
package enum WholeNumber {
    /// The number that these digits are; nil if there are none, if anything else is among them, or from 2^64 on.
    package static func parse(_ digits: UnsafeRawBufferPointer) -> UInt64? {
        guard digits.count > 0 else { return nil }
        var value: UInt64 = 0
        for byte in digits {
            guard isDigit(byte) else { return nil }
            let (product, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, carry) = product.addingReportingOverflow(UInt64(byte - UInt8(ascii: "0")))
            if overflow || carry { return nil }
            value = sum
        }
        return value
    }

    package static func parse(_ digits: some StringProtocol) -> UInt64? {
        var digits = String(digits)
        return digits.withUTF8 { parse(UnsafeRawBufferPointer($0)) }
    }

    package static func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }
}
