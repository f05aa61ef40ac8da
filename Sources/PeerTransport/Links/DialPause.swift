internal import Bytes
internal import NIOCore

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
