import Bytes
import Testing

@Suite("SplitMix64")
struct SplitMix64Tests {
    @Test("It gives the sequence that its authors published")
    func reference() {
        var generator = SplitMix64(seed: 1_234_567)

        #expect(
            (0..<3).map { _ in generator.next() } == [
                6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423,
            ])
    }

    @Test("A scrambled number is the first draw of that seed")
    func scramble() {
        var generator = SplitMix64(seed: 42)

        #expect(SplitMix64.scramble(42) == generator.next())
        #expect(SplitMix64.scramble(42) != SplitMix64.scramble(43))
    }
}
