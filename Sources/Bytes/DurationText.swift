/// A duration as people write it: a whole number and a unit, as in `250ms`, `2s` and `1h`.
package struct DurationText: Hashable, Sendable {
    package typealias Mistake = QuantityText.Mistake

    /// How many of the unit.
    package let count: UInt64
    package let unit: DurationUnit

    package init(count: UInt64, unit: DurationUnit) {
        self.count = count
        self.unit = unit
    }

    /// With `allowingSpaces`, also `250 ms`.
    package init(parsing text: UnsafeRawBufferPointer, allowingSpaces: Bool = false) throws(Mistake) {
        let quantity = try QuantityText(parsing: text, allowingSpaces: allowingSpaces)
        guard let unit = DurationUnit(quantity.unitName) else {
            throw quantity.mistake { DurationUnit($0) != nil }
        }
        guard let count = quantity.count else { throw .tooLarge }
        self.init(count: count, unit: unit)
    }

    package init(parsing text: some StringProtocol, allowingSpaces: Bool = false) throws(Mistake) {
        let utf8 = Array(text.utf8)
        // `withUnsafeBytes` does not say which error it passes on.
        let result: Result<DurationText, Mistake> = utf8.withUnsafeBytes { bytes in
            Result { () throws(Mistake) in try DurationText(parsing: bytes, allowingSpaces: allowingSpaces) }
        }
        self = try result.get()
    }

    /// nil from 2^64 on.
    package var nanoseconds: UInt64? { product(with: unit.nanoseconds) }

    /// nil from 2^64 on, and for a unit that is a part of a millisecond.
    package var milliseconds: UInt64? {
        let perMillisecond = DurationUnit.millisecond.nanoseconds
        return unit.nanoseconds >= perMillisecond ? product(with: unit.nanoseconds / perMillisecond) : nil
    }

    private func product(with factor: UInt64) -> UInt64? {
        let (product, overflow) = count.multipliedReportingOverflow(by: factor)
        return overflow ? nil : product
    }
}

extension DurationText: CustomStringConvertible {
    /// In the largest unit that leaves no fraction: `10m` and not `600s`, but `90s`. Parts of a microsecond are
    /// dropped.
    package init(nanoseconds: UInt64) {
        let isWhole: (DurationUnit) -> Bool = { nanoseconds % $0.nanoseconds == 0 }
        let unit = nanoseconds == 0 ? .second : DurationUnit.allCases.last(where: isWhole) ?? .microsecond
        self.init(count: nanoseconds / unit.nanoseconds, unit: unit)
    }

    package var description: String { "\(count)\(unit.name)" }
}
