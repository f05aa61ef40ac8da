/// A whole number and the name of a unit after it, as people write durations and sizes: `250ms`, `64KiB`.
package struct QuantityText {
    package enum Mistake: Error, Hashable, Sendable {
        /// The text does not begin with a number.
        case noNumber
        case negative
        /// `1.5`, also with a comma.
        case fraction
        /// `1e9`.
        case exponent
        /// The number, or the number times its unit, does not fit in 64 bits.
        case tooLarge
        /// The number is all there is.
        case noUnit
        /// The text after the number is not a unit.
        case unknownUnit
        /// `1h30m`.
        case several
        /// Between the number and the unit, or after it.
        case space

        /// For the person who wrote the text. `units`: those that there are.
        package func reason(units: String) -> String {
            switch self {
            case .noNumber: "does not start with a whole number"
            case .negative: "the number is negative"
            case .fraction: "not a whole number; write it in a smaller unit"
            case .exponent: "the number has an exponent; write all its digits"
            case .tooLarge: "the number is too large"
            case .noUnit: "the unit is missing: \(units)"
            case .unknownUnit: "the unit is none of \(units)"
            case .several: "several numbers with units; write one, in the smallest of the units"
            case .space: "there is a space in it"
            }
        }
    }

    /// nil from 2^64 on.
    package let count: UInt64?
    /// As it stands in the text that was parsed, which has to outlive this.
    package let unitName: UnsafeRawBufferPointer

    /// With `allowingSpaces`, also `250 ms`. The caller knows the units; see `mistake(isUnit:)`.
    package init(parsing text: UnsafeRawBufferPointer, allowingSpaces: Bool = false) throws(Mistake) {
        let digitCount = text.firstIndex { !WholeNumber.isDigit($0) } ?? text.count
        var rest = text[digitCount...]
        guard digitCount > 0 else { throw Self.mistakeWithoutDigits(rest) }
        if Self.isFraction(rest) { throw .fraction }
        if Self.isExponent(rest) { throw .exponent }
        while allowingSpaces, let byte = rest.first, Self.isSpace(byte) { rest = rest.dropFirst() }
        guard !rest.isEmpty else { throw .noUnit }
        count = WholeNumber.parse(UnsafeRawBufferPointer(rebasing: text[..<digitCount]))
        unitName = UnsafeRawBufferPointer(rebasing: rest)
    }

    /// The mistake in a unit that is none.
    package func mistake(isUnit: (UnsafeRawBufferPointer) -> Bool) -> Mistake {
        let end = unitName.firstIndex { WholeNumber.isDigit($0) || Self.isSpace($0) } ?? unitName.count
        guard end < unitName.count else { return .unknownUnit }
        if end == 0 || isUnit(UnsafeRawBufferPointer(rebasing: unitName[..<end])) {
            return unitName[end...].contains(where: WholeNumber.isDigit) ? .several : .space
        }
        return .unknownUnit
    }

    // MARK: Parts

    private static func mistakeWithoutDigits(_ text: Slice<UnsafeRawBufferPointer>) -> Mistake {
        if isFraction(text) { return .fraction }
        guard text.first == UInt8(ascii: "-"), let next = text.dropFirst().first else { return .noNumber }
        return WholeNumber.isDigit(next) || next == UInt8(ascii: ".") ? .negative : .noNumber
    }

    /// Whether this, after the digits of a whole number, makes it a number with a fraction.
    private static func isFraction(_ rest: Slice<UnsafeRawBufferPointer>) -> Bool {
        guard let mark = rest.first, mark == UInt8(ascii: ".") || mark == UInt8(ascii: ",") else { return false }
        return rest.dropFirst().first.map(WholeNumber.isDigit) ?? false
    }

    /// Whether this, after the digits of a whole number, is an exponent.
    private static func isExponent(_ rest: Slice<UnsafeRawBufferPointer>) -> Bool {
        guard let mark = rest.first, mark | 0x20 == UInt8(ascii: "e") else { return false }
        var digits = rest.dropFirst()
        if let sign = digits.first, sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") {
            digits = digits.dropFirst()
        }
        return digits.first.map(WholeNumber.isDigit) ?? false
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
}
