import Testing

@testable import LoadGenerator

@Suite("Values do not compress and say whose they are")
struct ValueTests {
    private func bytes(_ pool: ValuePool, place: Int, count: Int, printable: Bool) -> [UInt8] {
        pool.withValue(place: place, count: count, printable: printable) { Array($0) }
    }

    @Test("A pool depends on its seed only, and serves the longest value at its last place")
    func pool() {
        let pool = ValuePool(seed: 5, longest: 1_000)
        let last = ValuePool.placeCount - 1

        #expect(
            bytes(pool, place: 77, count: 100, printable: false)
                == bytes(ValuePool(seed: 5, longest: 0), place: 77, count: 100, printable: false))
        #expect(
            bytes(pool, place: 77, count: 100, printable: false)
                != bytes(ValuePool(seed: 6, longest: 1_000), place: 77, count: 100, printable: false))
        #expect(bytes(pool, place: last, count: 1_000, printable: false).count == 1_000)
        #expect(bytes(pool, place: 0, count: 0, printable: false).isEmpty)
    }

    @Test("All byte values come up about equally often; printable values keep to their alphabet")
    func bytesOfValues() {
        let pool = ValuePool(seed: 1, longest: 256_000)
        let raw = Dictionary(grouping: bytes(pool, place: 9, count: 256_000, printable: false)) { $0 }.mapValues(
            \.count)
        let text = bytes(pool, place: 9, count: 64_000, printable: true)

        #expect(raw.count == 256)
        #expect(raw.values.allSatisfy { (800...1_200).contains($0) })
        #expect(Set(text) == Set(ValuePool.alphabet))
        #expect(!text.contains(UInt8(ascii: "\"")) && !text.contains(UInt8(ascii: "\\")))
    }

    @Test("A mark is read as it was written")
    func mark() {
        let mark = ValueMark(run: 0xFF_1234_5678, key: 9_999_999, sequence: 0x7FFF_FFFF, valueBytes: 256)
        var value = [UInt8](repeating: UInt8(ascii: "x"), count: 40)
        value.withUnsafeMutableBytes { mark.write(to: $0.baseAddress!) }

        #expect(String(decoding: value, as: UTF8.self) == "ff12345678000098967f7fffffff00000100xxxx")
        #expect(value.withUnsafeBytes { ValueMark($0) } == mark)
        #expect((0..<ValuePool.placeCount).contains(mark.place))
    }

    @Test(
        "What is too short or no hexadecimal number is no mark",
        arguments: ["", "ff12345678", String(repeating: "g", count: 36)])
    func noMark(text: String) {
        #expect(Array(text.utf8).withUnsafeBytes { ValueMark($0) } == nil)
    }
}
