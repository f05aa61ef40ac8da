/// A place in a snapshot: after one of its rows, or before the first. A reader that continues there after another one
/// has the sum of all rows in the end, like one that has read everything.
package struct SnapshotPlace: Sendable {
    static let start = SnapshotPlace(key: [], sum: SnapshotSum())

    /// Of the row before, as the family stores it; empty at the start.
    package let key: [UInt8]
    /// Of all rows before; nil if nobody has read them.
    let sum: SnapshotSum?

    /// Somebody has read all rows before.
    package var isSummedUp: Bool { sum != nil }

    init(key: [UInt8], sum: SnapshotSum?) {
        self.key = key
        self.sum = sum
    }

    /// After a row of which only the key is known; the start if that is empty.
    package init(after key: [UInt8]) { self = key.isEmpty ? .start : SnapshotPlace(key: key, sum: nil) }
}
