internal import Bytes

/// xoshiro256** of David Blackman and Sebastiano Vigna (prng.di.unimi.it), seeded by their splitmix64: a few
/// nanoseconds per draw, and the same sequence on every machine.
struct RandomSource: RandomNumberGenerator {
    private var s0: UInt64
    private var s1: UInt64
    private var s2: UInt64
    private var s3: UInt64

    init(state s0: UInt64, _ s1: UInt64, _ s2: UInt64, _ s3: UInt64) {
        (self.s0, self.s1, self.s2, self.s3) = (s0, s1, s2, s3)
    }

    /// Different `stream`s of one seed are independent enough for a load.
    init(seed: UInt64, stream: UInt64) {
        var mix = SplitMix64(seed: seed)
        mix = SplitMix64(seed: mix.next() ^ (stream &* 0xD1B5_4A32_D192_ED03))
        self.init(state: mix.next(), mix.next(), mix.next(), mix.next())
    }

    mutating func next() -> UInt64 {
        let product = s1 &* 5
        let result = ((product << 7) | (product >> 57)) &* 9
        let shifted = s1 << 17
        s2 ^= s0
        s3 ^= s1
        s1 ^= s2
        s0 ^= s3
        s2 ^= shifted
        s3 = (s3 << 45) | (s3 >> 19)
        return result
    }

    /// Uniform in `0..<bound`, except for a bias of `bound` in 2^64, too small to be seen in a load.
    mutating func below(_ bound: UInt64) -> UInt64 { next().multipliedFullWidth(by: bound).high }

    /// Uniform in 0 ..< 1, with 53 bits.
    mutating func unit() -> Double { Double(next() >> 11) * 0x1p-53 }
}
