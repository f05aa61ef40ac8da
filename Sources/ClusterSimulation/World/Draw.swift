internal import Bytes

/// One sequence of random numbers.
struct Draw {
    private var generator: SplitMix64

    init(seed: UInt64, concern: UInt64) {
        generator = SplitMix64(seed: SplitMix64.scramble(seed) ^ SplitMix64.scramble(concern &* 0x1_0000_0001))
    }

    mutating func next() -> UInt64 { generator.next() }

    /// Uniform in `0..<bound`, as good as a bound far below 2^64 needs; 0 for the bound 0.
    mutating func below(_ bound: Int) -> Int { bound == 0 ? 0 : Int(generator.next() % UInt64(bound)) }

    /// Uniform in `range`.
    mutating func within(_ range: ClosedRange<Int>) -> Int { range.lowerBound + below(range.count) }

    mutating func chance(perMille: Int) -> Bool { perMille > 0 && below(1_000) < perMille }

    /// A time whose magnitude is uniform: as likely between 1 and 10 as between 10 and 100.
    mutating func spread(_ range: ClosedRange<UInt64>) -> UInt64 {
        let low = max(range.lowerBound, 1)
        var doublings = 0
        while low << UInt64(doublings + 1) <= range.upperBound { doublings += 1 }
        let base = low << UInt64(below(doublings + 1))
        return min(base + generator.next() % max(base, 1), range.upperBound)
    }
}
