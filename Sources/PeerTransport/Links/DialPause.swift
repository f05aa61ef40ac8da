internal import NIOCore

/// SplitMix64 (Steele, Lea, Flood 2014): the jitter of dialling, reproducible from its seed.
struct SplitMix64: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        return word ^ (word >> 31)
    }
}

/// The pauses between the attempts to reach one peer: doubling up to a cap, each drawn from the upper half of its
/// range so that nodes which failed together do not return together.
struct DialPause {
    private let shortest: TimeAmount
    private let longest: TimeAmount
    private var current: TimeAmount

    init(shortest: TimeAmount, longest: TimeAmount) {
        precondition(shortest.nanoseconds > 0, "a pause of nothing never grows")
        precondition(shortest <= longest, "the shortest pause is longer than the longest")
        self.shortest = shortest
        self.longest = longest
        current = shortest
    }

    mutating func next(using generator: inout SplitMix64) -> TimeAmount {
        let drawn = Int64.random(in: (current.nanoseconds / 2)...current.nanoseconds, using: &generator)
        current = min(longest, .nanoseconds(current.nanoseconds * 2))
        return .nanoseconds(drawn)
    }

    mutating func reset() { current = shortest }
}
