import Bytes
import Testing

@Suite("Durations as text")
struct DurationTests {
    @Test(
        "A whole number and a unit are a duration",
        arguments: [
            ("5us", 5_000), ("250ms", 250_000_000), ("2s", 2_000_000_000), ("5m", 300_000_000_000),
            ("24h", 86_400_000_000_000), ("0s", 0), ("007s", 7_000_000_000),
        ] as [(String, UInt64)])
    func parsed(text: String, nanoseconds: UInt64) throws {
        #expect(try DurationText(parsing: text).nanoseconds == nanoseconds)
        #expect(try Array(text.utf8).withUnsafeBytes { try DurationText(parsing: $0) }.nanoseconds == nanoseconds)
    }

    @Test(
        "A mistake says what is missing or unknown",
        arguments: [
            ("", .noNumber), ("ms", .noNumber), ("+1s", .noNumber), (" 1s", .noNumber), ("-s", .noNumber),
            ("-1s", .negative), ("-.5s", .negative), ("-1.5s", .negative), ("99999999999999999999s", .tooLarge),
            ("18446744073709551616s", .tooLarge), ("99999999999999999999x", .unknownUnit), ("1", .noUnit),
            ("1.5s", .fraction), ("1,5s", .fraction), (".5s", .fraction), ("1.5", .fraction), ("1.s", .unknownUnit),
            ("1e9", .exponent), ("1E9", .exponent), ("1e-3s", .exponent), ("1e+3s", .exponent), ("1es", .unknownUnit),
            ("1h30m", .several), ("1h 30m", .several), ("1 30", .several), ("1m1", .several), ("1 s", .space),
            ("1ms ", .space), ("1\ts", .space), ("1S", .unknownUnit), ("1min", .unknownUnit), ("1d", .unknownUnit),
            ("1x30m", .unknownUnit), ("1_0s", .unknownUnit), ("1\u{B5}s", .unknownUnit),
        ] as [(String, DurationText.Mistake)])
    func refused(text: String, mistake: DurationText.Mistake) {
        #expect(throws: mistake) { try DurationText(parsing: text) }
    }

    @Test("Each mistake has a sentence of its own, which names the units if one of them would do")
    func reasons() {
        let mistakes: [DurationText.Mistake] = [
            .noNumber, .negative, .fraction, .exponent, .tooLarge, .noUnit, .unknownUnit, .several, .space,
        ]
        #expect(Set(mistakes.map { $0.reason(units: "UNITS") }).count == mistakes.count)
        for mistake in mistakes {
            let reason = mistake.reason(units: DurationUnit.names())
            #expect(reason.hasSuffix("us, ms, s, m or h") == (mistake == .noUnit || mistake == .unknownUnit))
        }
        #expect(DurationUnit.names(from: .millisecond) == "ms, s, m or h")
    }

    @Test("Spaces between number and unit are for those who allow them")
    func spaces() throws {
        #expect(try DurationText(parsing: "1  s", allowingSpaces: true) == DurationText(count: 1, unit: .second))
        #expect(throws: DurationText.Mistake.noUnit) { try DurationText(parsing: "1 ", allowingSpaces: true) }
        #expect(throws: DurationText.Mistake.several) { try DurationText(parsing: "1 h 30 m", allowingSpaces: true) }
        #expect(throws: DurationText.Mistake.noNumber) { try DurationText(parsing: " 1s", allowingSpaces: true) }
    }

    @Test("A duration that is too long for the unit that is asked for is none, and none is a part of a millisecond")
    func limits() throws {
        let longest = try DurationText(parsing: "18446744073709551615ms")
        #expect(longest.milliseconds == .max)
        #expect(longest.nanoseconds == nil)
        #expect(try DurationText(parsing: "18446744073709551615s").milliseconds == nil)
        #expect(try DurationText(parsing: "2m").milliseconds == 120_000)
        #expect(try DurationText(parsing: "5000us").milliseconds == nil)
    }

    @Test(
        "It is written in the largest unit that leaves no fraction",
        arguments: [
            (0, "0s"), (5_000, "5us"), (100_000_000, "100ms"), (1_500_000_000, "1500ms"), (25_000_000_000, "25s"),
            (60_000_000_000, "1m"), (90_000_000_000, "90s"), (600_000_000_000, "10m"), (7_200_000_000_000, "2h"),
        ] as [(UInt64, String)])
    func written(nanoseconds: UInt64, text: String) throws {
        #expect(DurationText(nanoseconds: nanoseconds).description == text)
        #expect(try DurationText(parsing: text).nanoseconds == nanoseconds)
    }

    @Test("A unit has one name, and its case counts")
    func units() {
        for unit in DurationUnit.allCases { #expect(DurationUnit("\(unit.name)") == unit) }
        #expect(DurationUnit("M") == nil)
        #expect(DurationUnit("") == nil)
    }
}
