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

/// The identity of an entry: equal ids mean equal entries and equal logs up to them (Log Matching, paper figure 3).
package struct LogID: Hashable, Sendable, CustomStringConvertible {
    package var index: LogIndex
    package var term: Term

    package init(index: LogIndex, term: Term) {
        self.index = index
        self.term = term
    }

    /// The position before the first entry.
    package static let zero = LogID(index: .zero, term: .zero)

    /// §5.4.1: "If the logs have last entries with different terms, then the log with the later term is more
    /// up-to-date. If the logs end with the same term, then whichever log is longer is more up-to-date."
    package func isAtLeastAsUpToDate(as other: LogID) -> Bool {
        term > other.term || (term == other.term && index >= other.index)
    }

    package var description: String { "\(index)@\(term)" }
}

/// A half-open range of log indexes: `lower` is in it, `upper` is not.
package struct LogRange: Hashable, Sendable, CustomStringConvertible {
    package var lower: LogIndex
    package var upper: LogIndex

    /// Precondition: `lower <= upper`.
    package init(_ lower: LogIndex, _ upper: LogIndex) {
        precondition(lower <= upper, "a log range starts at \(lower), after its end \(upper)")
        self.lower = lower
        self.upper = upper
    }

    package var isEmpty: Bool { lower == upper }
    package var count: Int { Int(upper.rawValue - lower.rawValue) }
    package func contains(_ index: LogIndex) -> Bool { lower <= index && index < upper }

    package var description: String { "[\(lower), \(upper))" }
}

/// The name of a node, chosen by its operator and unique in its cluster. It is the node's identity and never changes;
/// an address is only an attribute of a member.
package struct NodeID: Hashable, Comparable, Sendable, CustomStringConvertible, ExpressibleByStringLiteral {
    package let name: String

    package init(_ name: String) { self.name = name }
    package init(stringLiteral name: String) { self.name = name }

    package static func < (left: NodeID, right: NodeID) -> Bool { left.name < right.name }

    package var description: String { name }
}

/// Names one ReadIndex request within this process.
package struct ReadID: Hashable, Comparable, Sendable {
    package var rawValue: UInt64
    package init(_ rawValue: UInt64) { self.rawValue = rawValue }
    package static func < (left: ReadID, right: ReadID) -> Bool { left.rawValue < right.rawValue }
}
