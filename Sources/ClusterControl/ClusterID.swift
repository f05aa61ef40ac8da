internal import Bytes

/// Names one cluster: 128 random bits, drawn when its first node bootstraps. Two histories that were never one carry
/// different ids, so that equal (index, term) pairs of strangers are never mistaken for the same entry.
package struct ClusterID: Hashable, Sendable, CustomStringConvertible {
    package let high: UInt64
    package let low: UInt64

    package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// A new id from the system's random generator.
    package static func random() -> ClusterID {
        ClusterID(high: .random(in: .min ... .max), low: .random(in: .min ... .max))
    }

    /// 32 lower-case hexadecimal digits.
    package var description: String { high.hexadecimal + low.hexadecimal }
}
