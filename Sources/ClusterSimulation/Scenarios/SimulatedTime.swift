/// Times of a simulation in words: `150` and `150ms` are milliseconds; `20us` and `7ns` are smaller.
enum SimulatedTime {
    private static let units: [(String, UInt64)] = [("ms", 1_000_000), ("us", 1_000), ("ns", 1)]

    static func words(_ nanoseconds: UInt64) -> String {
        let (unit, size) = units.first { nanoseconds % $0.1 == 0 } ?? ("ns", 1)
        return "\(nanoseconds / size)\(unit)"
    }

    static func nanoseconds(_ text: String) -> UInt64? {
        let digits = text.prefix { $0.isNumber }
        guard let number = UInt64(digits), number <= 1 << 40 else { return nil }
        let unit = text.dropFirst(digits.count)
        let size = unit.isEmpty ? 1_000_000 : units.first { $0.0 == unit }?.1
        return size.map { number * $0 }
    }
}
