/// The position of an entry in the log. The first entry has index 1; 0 is the position before it.
package struct LogIndex: Hashable, Comparable, Sendable, CustomStringConvertible {
    package var rawValue: UInt64

    package init(_ rawValue: UInt64) { self.rawValue = rawValue }

    package static let zero = LogIndex(0)

    /// Every index is below this. No log ever comes near it, and below it no arithmetic on indexes overflows.
    package static let limit = LogIndex(UInt64.max / 2)

    package static func < (left: LogIndex, right: LogIndex) -> Bool { left.rawValue < right.rawValue }

    /// The next index. It does not overflow, because every index is below `limit`.
    package var next: LogIndex { LogIndex(rawValue + 1) }

    /// The index before this one. Precondition: not zero.
    package var previous: LogIndex { LogIndex(rawValue - 1) }

    package var description: String { String(rawValue) }
}
