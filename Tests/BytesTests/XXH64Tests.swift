import Bytes
import Testing

@Suite("XXH64")
struct XXH64Tests {
    @Test(
        "It gives the published values",
        arguments: [
            ("", 0xEF46_DB37_51D8_E999), ("a", 0xD24E_C4F1_A98C_6E5B), ("abc", 0x44BC_2CF5_AD77_0999),
            ("The quick brown fox jumps over the lazy dog", 0x0B24_2D36_1FDA_71BC),
        ] as [(String, UInt64)])
    func vectors(text: String, expected: UInt64) {
        let hash = Array(text.utf8).withUnsafeBytes { XXH64.hash($0) }

        #expect(hash == expected)
    }

    @Test("Each byte counts at every size, wherever the rounds of 32, 8, 4 and 1 bytes begin")
    func everyByteCounts() {
        for count in 1...70 {
            let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 37) }
            let hash = bytes.withUnsafeBytes { XXH64.hash($0) }
            for position in 0..<count {
                var changed = bytes
                changed[position] ^= 0x10

                #expect(changed.withUnsafeBytes { XXH64.hash($0) } != hash, "byte \(position) of \(count)")
            }
        }
    }

    @Test("Bytes that do not begin at a word are hashed as others")
    func unaligned() {
        let bytes = (0..<67).map { UInt8($0) }
        let shifted = [0xFF] + bytes

        let hash = bytes.withUnsafeBytes { XXH64.hash($0) }
        let hashOfShifted = shifted.withUnsafeBytes { XXH64.hash(UnsafeRawBufferPointer(rebasing: $0[1...])) }

        #expect(hash == hashOfShifted)
    }
}
