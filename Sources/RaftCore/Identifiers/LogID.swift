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
