/// A Raft term: a logical clock that numbers the periods between elections (Raft paper, section 5.1).
package struct Term: Hashable, Comparable, Sendable, CustomStringConvertible {
    package var rawValue: UInt64

    package init(_ rawValue: UInt64) { self.rawValue = rawValue }

    /// The term before any election. No entry carries it.
    package static let zero = Term(0)

    /// Every term is below this. No cluster ever comes near it, and below it no arithmetic on terms overflows.
    package static let limit = Term(UInt64.max / 2)

    package static func < (left: Term, right: Term) -> Bool { left.rawValue < right.rawValue }

    package var description: String { String(rawValue) }
}
