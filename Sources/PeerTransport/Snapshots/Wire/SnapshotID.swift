/// Tells two snapshots apart that were made at different times, or by different nodes, of the same applied index.
/// Random, never 0.
package struct SnapshotID: Hashable, Sendable {
    package let rawValue: UInt64

    /// Nil for 0.
    package init?(_ rawValue: UInt64) {
        guard rawValue != 0 else { return nil }
        self.rawValue = rawValue
    }
}
