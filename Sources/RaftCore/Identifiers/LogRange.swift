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
