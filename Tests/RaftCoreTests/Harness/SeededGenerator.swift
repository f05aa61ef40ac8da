@testable import RaftCore

/// Random draws that a seed repeats exactly.
struct SeededGenerator: RandomNumberGenerator {
    private var source: SplitMix64

    init(seed: UInt64) { source = SplitMix64(seed: seed &* 0x2545_f491_4f6c_dd1d &+ 1) }

    mutating func next() -> UInt64 { source.next() }

    mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(max(bound, 1))) }

    mutating func chance(_ perMille: Int) -> Bool { below(1000) < perMille }
}
