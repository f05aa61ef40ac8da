import Testing

@testable import LoadGenerator

@Suite("Numbers in reports")
struct DecimalsTests {
    @Test("Fixed digits round, and nothing gets an exponent")
    func fixed() {
        #expect(Decimals.fixed(1.005, 1) == "1.0")
        #expect(Decimals.fixed(0.06, 1) == "0.1")
        #expect(Decimals.fixed(-0.04, 1) == "0.0")
        #expect(Decimals.fixed(-1.25, 2) == "-1.25")
        #expect(Decimals.fixed(0.000_001, 6) == "0.000001")
        #expect(Decimals.fixed(.infinity, 1) == "-")
    }

    @Test("Milliseconds keep about three digits")
    func milliseconds() {
        let texts = [0, 0.0411, 0.9996, 2.904, 9.996, 48.12, 99.96, 1_203.4].map { Decimals.milliseconds($0) }

        #expect(texts == ["0.000", "0.041", "1.00", "2.90", "10.0", "48.1", "100", "1203"])
    }

    @Test("Counts have commas and become short when they are long")
    func counts() {
        #expect(Decimals.grouped(1_234_567) == "1,234,567")
        #expect(Decimals.grouped(999) == "999")
        #expect(Decimals.count(9_999_999) == "9,999,999")
        #expect(Decimals.count(12_345_678) == "12.3M")
        #expect(Decimals.short(999.6) == "1.00k")
        #expect(Decimals.short(47_120) == "47.1k")
        #expect(Decimals.short(0.25) == "0.3")
        #expect(Decimals.count(.max) == "18446744T")
    }

    @Test("A share that is not zero does not look like zero")
    func percent() {
        let texts = [0, 0.000_001, 0.001, 0.0525, 0.5, 1].map { Decimals.percent($0) }

        #expect(texts == ["0%", "<0.001%", "0.1%", "5.25%", "50%", "100%"])
    }

    @Test("Bytes are in powers of two")
    func bytes() {
        #expect(Decimals.bytes(640) == "640 B")
        #expect(Decimals.bytes(1_536) == "1.5 KiB")
        #expect(Decimals.bytes(4_194_304) == "4 MiB")
    }
}
