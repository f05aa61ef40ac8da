/// One life of a node's data directory: 128 random bits, drawn when it gets a history, by founding a cluster or by
/// being taken into one.
///
/// A node is not its name. A machine that comes back empty, or an old directory whose name was given away, remembers
/// other votes and entries than the member of that name. So a configuration names the instance of each member, and
/// only that one counts as it.
package struct InstanceID: Hashable, Sendable, CustomStringConvertible {
    package let high: UInt64
    package let low: UInt64

    package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// As records and messages write "none".
    package init?(orNone high: UInt64, _ low: UInt64) {
        guard high != 0 || low != 0 else { return nil }
        self.init(high: high, low: low)
    }

    /// 32 lower-case hexadecimal digits.
    package var description: String {
        [high, low].map { word in
            let digits = String(word, radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }.joined()
    }
}
