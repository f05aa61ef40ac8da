internal import Bytes

extension SettingKind where Value == Int {
    static var port: SettingKind {
        SettingKind(allowed: "1 to 65535, or 0 for any free port") { text throws(SettingRejection) in
            if let port = WholeNumber.parse(text), port <= 65_535 { return Int(port) }
            throw SettingRejection("not a port")
        } text: {
            String($0)
        }
    }

    static func count(of things: String, in range: ClosedRange<UInt64>) -> SettingKind {
        SettingKind(allowed: "\(range.lowerBound) to \(range.upperBound)") { text throws(SettingRejection) in
            guard let count = WholeNumber.parse(text), range.contains(count) else {
                throw SettingRejection("not a number of \(things)")
            }
            return Int(count)
        } text: {
            String($0)
        }
    }

    /// Bytes in binary units, such as `64KiB`, `512MiB` and `1GiB`.
    static func size(in range: ClosedRange<Int>) -> SettingKind {
        SettingKind(
            allowed: "a size from \(SizeUnit.text(range.lowerBound)) to \(SizeUnit.text(range.upperBound))",
            showsDefault: true
        ) { text throws(SettingRejection) in
            let digits = text.prefix { $0.isASCII && $0.isNumber }
            guard let count = WholeNumber.parse(digits).flatMap(Int.init(exactly:)) else {
                throw SettingRejection("does not start with a whole number")
            }
            let name = text.dropFirst(digits.count).drop { $0 == " " }
            guard !isFraction(name) else { throw SettingRejection("not a whole number; write it in a smaller unit") }
            guard !name.isEmpty else { throw SettingRejection("the unit is missing: KiB, MiB, GiB or TiB") }
            guard let unit = SizeUnit(rawValue: String(name)) else {
                throw SettingRejection("the unit is none of KiB, MiB, GiB or TiB")
            }
            let (bytes, overflow) = count.multipliedReportingOverflow(by: unit.bytes)
            guard !overflow, range.contains(bytes) else { throw SettingRejection("out of range") }
            return bytes
        } text: {
            SizeUnit.text($0)
        }
    }
}

extension SettingKind where Value == Duration {
    /// Durations such as `250ms`, `2s`, `5m` and `1h`.
    static func duration(in range: ClosedRange<Duration>) -> SettingKind {
        SettingKind(
            allowed: "a duration from \(text(range.lowerBound)) to \(text(range.upperBound))", showsDefault: true
        ) { text throws(SettingRejection) in
            let digits = text.prefix { $0.isASCII && $0.isNumber }
            guard digits.isEmpty || !isFraction(text.dropFirst(digits.count)) else {
                throw SettingRejection("not a whole number; write it in a smaller unit")
            }
            let duration: DurationText
            do throws(DurationText.Mistake) {
                duration = try DurationText(parsing: text, allowingSpaces: true)
            } catch {
                switch error {
                case .noNumber: throw SettingRejection("does not start with a whole number")
                case .noUnit: throw SettingRejection("the unit is missing: us, ms, s, m or h")
                case .unknownUnit: throw SettingRejection("the unit is none of us, ms, s, m or h")
                }
            }
            guard let nanoseconds = duration.nanoseconds.flatMap(Int64.init(exactly:)),
                range.contains(.nanoseconds(nanoseconds))
            else { throw SettingRejection("out of range") }
            return .nanoseconds(nanoseconds)
        } text: {
            Self.text($0)
        }
    }

    private static func text(_ duration: Duration) -> String {
        DurationText(nanoseconds: duration.nanoseconds).description
    }
}

/// Whether this, after the digits of a whole number, makes it a number with a fraction.
private func isFraction(_ rest: Substring) -> Bool {
    guard let mark = rest.first, mark == "." || mark == "," else { return false }
    return rest.dropFirst().first.map { $0.isASCII && $0.isNumber } ?? false
}
