internal import Bytes

/// A number that stands for all that happened in a simulation: the same seed and the same code give the same, in every
/// build on every machine.
struct TraceHash {
    private(set) var value: UInt64 = 0

    mutating func mix(_ word: UInt64) { value = SplitMix64.scramble(value ^ word) }
}
