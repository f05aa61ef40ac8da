/// Names one ReadIndex request within this process.
package struct ReadID: Hashable, Comparable, Sendable {
    package var rawValue: UInt64
    package init(_ rawValue: UInt64) { self.rawValue = rawValue }
    package static func < (left: ReadID, right: ReadID) -> Bool { left.rawValue < right.rawValue }
}
