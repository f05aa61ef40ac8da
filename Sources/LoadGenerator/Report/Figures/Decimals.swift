/// Numbers as the reports print them: a point before the fraction, a comma between thousands, in every locale.
enum Decimals {
    /// Exactly `fractionDigits` digits after the point; `-` if `number` is not finite.
    static func fixed(_ number: Double, _ fractionDigits: Int) -> String {
        guard number.isFinite else { return "-" }
        var scale = 1.0
        for _ in 0..<fractionDigits { scale *= 10 }
        let scaled = (number.magnitude * scale).rounded()
        // Above this a double has no fraction to print.
        guard scaled < 9e15 else { return "\(number)" }
        let digits = "\(UInt64(scaled))"
        let padding = String(repeating: "0", count: max(0, fractionDigits + 1 - digits.count))
        let padded = padding + digits
        let sign = number < 0 && scaled > 0 ? "-" : ""
        guard fractionDigits > 0 else { return sign + padded }
        return sign + padded.dropLast(fractionDigits) + "." + padded.suffix(fractionDigits)
    }

    /// As few digits after the point as necessary, at most `fractionDigitsMax`.
    static func plain(_ number: Double, fractionDigitsMax: Int = 3) -> String {
        var text = fixed(number, fractionDigitsMax)
        guard text.contains("."), !text.contains("e") else { return text }
        while text.last == "0" { text.removeLast() }
        if text.last == "." { text.removeLast() }
        return text
    }

    /// `1,234,567`
    static func grouped(_ number: UInt64) -> String {
        let digits = "\(number)"
        var text = ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index) % 3 == 0 { text.append(",") }
            text.append(digit)
        }
        return text
    }

    /// At most nine characters: all digits below ten million, shortened above: `12.3M`.
    static func count(_ number: UInt64) -> String {
        number < 10_000_000 ? grouped(number) : short(Double(number))
    }

    /// Three significant digits and a letter: `950`, `47.1k`, `1.20M`.
    static func short(_ number: Double) -> String {
        guard number.isFinite else { return "-" }
        var scaled = number
        var letters = ["", "k", "M", "G", "T"][...]
        while scaled.magnitude >= 999.5, letters.count > 1 {
            scaled /= 1_000
            letters.removeFirst()
        }
        let letter = letters.first ?? ""
        if letter.isEmpty { return plain(scaled, fractionDigitsMax: scaled.magnitude < 10 ? 1 : 0) }
        return fixed(scaled, scaled < 9.995 ? 2 : scaled < 99.95 ? 1 : 0) + letter
    }

    /// A time in milliseconds with about three significant digits, never in exponents: `0.041`, `2.90`, `48.1`, `1203`.
    static func milliseconds(_ number: Double) -> String {
        let size = number.magnitude
        return fixed(number, size < 0.9995 ? 3 : size < 9.995 ? 2 : size < 99.95 ? 1 : 0)
    }

    static func milliseconds(nanoseconds: UInt64) -> String { milliseconds(Double(nanoseconds) / 1e6) }

    /// A share of 1 as `12.3%`; a share that is not zero does not look like zero.
    static func percent(_ share: Double) -> String {
        let number = share * 100
        if number > 0, number < 0.001 { return "<0.001%" }
        return plain(number, fractionDigitsMax: number < 1 ? 3 : number < 10 ? 2 : 1) + "%"
    }

    /// `640 B`, `12.3 KiB`
    static func bytes(_ number: Double) -> String {
        var scaled = number
        var units = ["B", "KiB", "MiB", "GiB", "TiB"][...]
        while scaled >= 1_023.5, units.count > 1 {
            scaled /= 1_024
            units.removeFirst()
        }
        return plain(scaled, fractionDigitsMax: scaled < 100 ? 1 : 0) + " " + (units.first ?? "B")
    }

    /// `250 ms`, `2 s`, `5 min`
    static func duration(_ duration: Duration) -> String {
        let seconds = duration.seconds
        if seconds != 0, seconds < 1 { return plain(seconds * 1e3) + " ms" }
        if seconds >= 120, seconds.truncatingRemainder(dividingBy: 60) == 0 { return plain(seconds / 60) + " min" }
        return plain(seconds) + " s"
    }
}
