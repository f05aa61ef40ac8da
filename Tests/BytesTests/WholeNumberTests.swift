import Bytes
import Testing

@Suite("Whole numbers")
struct WholeNumberTests {
    @Test(
        "Digits are a number up to the largest that fits",
        arguments: [("0", 0), ("7", 7), ("0042", 42), ("18446744073709551615", .max)] as [(String, UInt64)])
    func parsed(text: String, number: UInt64) {
        #expect(WholeNumber.parse(text) == number)
        #expect(Array(text.utf8).withUnsafeBytes { WholeNumber.parse($0) } == number)
    }

    @Test(
        "Everything else is none: nothing, signs, spaces, separators, fractions, digits of other scripts, 2^64",
        arguments: [
            "", "+1", "-1", " 1", "1 ", "1_000", "1.0", "0x1", "٣", "18446744073709551616", "99999999999999999999",
        ])
    func refused(text: String) {
        #expect(WholeNumber.parse(text) == nil)
    }
}
