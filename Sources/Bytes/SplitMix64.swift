/// The generator of Steele, Lea and Flood ("Fast Splittable Pseudorandom Number Generators", 2014), with Vigna's
/// constants: one addition and one scramble per draw, and the same sequence for the same seed on every machine.
package struct SplitMix64: RandomNumberGenerator, Sendable {
    private var state: UInt64

    package init(seed: UInt64) { state = seed }

    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        return Self.mixed(state)
    }

    /// Another number for each number, without visible order.
    package static func scramble(_ value: UInt64) -> UInt64 { mixed(value &+ 0x9E37_79B9_7F4A_7C15) }

    private static func mixed(_ word: UInt64) -> UInt64 {
        var word = word
        word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        return word ^ (word >> 31)
    }
}
