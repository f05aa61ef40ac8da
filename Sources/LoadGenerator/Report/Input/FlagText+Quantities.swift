internal import Bytes

/// Numbers with units: durations, sizes, counts and rates.
extension FlagText {
    /// Not negative and at most a week: `250ms`, `2s`, `1.5m`, `1h`; `0` needs no unit.
    func duration() throws(UsageError) -> Duration {
        let allowed = "expected a duration such as 250ms, 2s or 5m"
        let (number, name) = try numberAndUnit(allowed)
        if number == 0, name.isEmpty { return .zero }
        guard let unit = DurationUnit(name == "min" ? "m" : name) else { throw invalid(allowed) }
        let nanoseconds = number * Double(unit.nanoseconds)
        guard nanoseconds >= 0 else { throw invalid("a duration cannot be negative") }
        guard nanoseconds <= 604_800e9 else { throw invalid("a duration is at most 168h") }
        return .nanoseconds(Int64(nanoseconds.rounded()))
    }

    /// Bytes, 0 to 16 MiB: `256`, `64KiB`, `1MB`. KiB, MiB and GiB are powers of two, kB, MB and GB of ten.
    func byteCount() throws(UsageError) -> Int {
        let allowed = "expected a size such as 256, 64KiB or 1MiB"
        let (number, unit) = try numberAndUnit(allowed)
        let scale: Double
        switch unit.lowercased() {
        case "", "b": scale = 1
        case "kib": scale = 1_024
        case "mib": scale = 1_048_576
        case "gib": scale = 1_073_741_824
        case "kb": scale = 1_000
        case "mb": scale = 1_000_000
        case "gb": scale = 1_000_000_000
        default: throw invalid(allowed)
        }
        let bytes = number * scale
        guard bytes >= 0, bytes == bytes.rounded() else { throw invalid("a size is a whole number of bytes") }
        guard bytes <= Double(EngineLimits.valueBytesMax) else { throw invalid("a size is at most 16MiB") }
        return Int(bytes)
    }

    /// A whole number from 0 to 10^15: `250`, `20k`, `1.5M`.
    func count() throws(UsageError) -> Int {
        let number = try scaledNumber("expected a count such as 500, 20k or 1M")
        guard number >= 0, number == number.rounded() else { throw invalid("a count is a whole number") }
        return Int(number)
    }

    /// A whole number within the range.
    func count(in range: ClosedRange<Int>) throws(UsageError) -> Int {
        let number = try count()
        guard range.contains(number) else {
            throw invalid("must be \(range.lowerBound) to \(Decimals.grouped(UInt64(range.upperBound)))")
        }
        return number
    }

    /// Per second and above zero: `500`, `20k`, `2.5k`; `/s` may follow.
    func rate() throws(UsageError) -> Double {
        let allowed = "expected a rate such as 500, 20k or 1M"
        let bare = text.hasSuffix("/s") ? text.dropLast(2) : text[...]
        guard !bare.contains(" ") else { throw invalid(allowed) }
        let number = try part(bare).scaledNumber(allowed)
        guard number > 0 else { throw invalid("a rate must be above 0; leave --rate out for a closed loop") }
        guard number <= 100_000_000 else { throw invalid("a rate is at most 100M") }
        return number
    }

    /// A plain decimal number.
    func number(_ allowed: String) throws(UsageError) -> Double {
        let (number, unit) = try numberAndUnit(allowed)
        guard unit.isEmpty else { throw invalid(allowed) }
        return number
    }

    private func scaledNumber(_ allowed: String) throws(UsageError) -> Double {
        let (number, unit) = try numberAndUnit(allowed)
        let scaled: Double
        switch unit {
        case "": scaled = number
        case "k", "K": scaled = number * 1_000
        case "M", "m": scaled = number * 1_000_000
        case "G": scaled = number * 1_000_000_000
        default: throw invalid(allowed)
        }
        guard scaled.magnitude <= 1e15 else { throw invalid(allowed) }
        // A decimal fraction times a thousand may differ from the whole number in the last bit.
        return (scaled - scaled.rounded()).magnitude < 1e-6 ? scaled.rounded() : scaled
    }

    /// Decimal digits, perhaps with a point and more digits, and the rest. A minus sign is read for the sake of the
    /// errors that say why there can be none.
    private func numberAndUnit(_ allowed: String) throws(UsageError) -> (Double, String) {
        let isNegative = text.first == "-"
        let unsigned = isNegative ? text.dropFirst() : text[...]
        let digits = unsigned.prefix { $0 == "." || $0.utf8.allSatisfy(WholeNumber.isDigit) }
        let parts = digits.split(separator: ".", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), parts.allSatisfy({ !$0.isEmpty }), let number = Double(digits),
            number.isFinite, !(isNegative && number == 0)
        else { throw invalid(allowed) }
        return (isNegative ? -number : number, String(unsigned.dropFirst(digits.count)))
    }
}
