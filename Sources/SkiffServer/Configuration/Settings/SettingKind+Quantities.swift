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
            let (count, unit) = try SizeUnit.parse(text)
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
            let duration: DurationText
            do throws(QuantityText.Mistake) {
                duration = try DurationText(parsing: text, allowingSpaces: true)
            } catch {
                throw SettingRejection(error, units: DurationUnit.names())
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

extension SizeUnit {
    /// The number and the unit of a text such as `64KiB` or `64 KiB`.
    fileprivate static func parse(_ text: String) throws(SettingRejection) -> (count: Int, unit: SizeUnit) {
        let utf8 = Array(text.utf8)
        let parsed: Result<(Int, SizeUnit), QuantityText.Mistake> = utf8.withUnsafeBytes { bytes in
            Result { () throws(QuantityText.Mistake) in
                let quantity = try QuantityText(parsing: bytes, allowingSpaces: true)
                guard let unit = SizeUnit(quantity.unitName) else {
                    throw quantity.mistake { SizeUnit($0) != nil }
                }
                guard let count = quantity.count.flatMap(Int.init(exactly:)) else { throw .tooLarge }
                return (count, unit)
            }
        }
        do throws(QuantityText.Mistake) {
            return try parsed.get()
        } catch {
            throw SettingRejection(error, units: "KiB, MiB, GiB or TiB")
        }
    }

    private init?(_ name: UnsafeRawBufferPointer) { self.init(rawValue: String(decoding: name, as: UTF8.self)) }
}

extension SettingRejection {
    fileprivate init(_ mistake: QuantityText.Mistake, units: String) {
        self.init(mistake == .tooLarge ? "out of range" : mistake.reason(units: units))
    }
}
