internal import DequeModule
internal import RaftCore

/// Committed ranges that are handed to the apply thread and not known to be applied yet, with their size.
///
/// Expiry: a range leaves when the state machine has applied it (`removeApplied`); the apply thread finishes each one
/// or ends the process.
struct UnappliedRanges {
    /// The last index handed over.
    private(set) var submitted: LogIndex
    /// Size of the entries that are handed over and not applied, as far as they came from memory.
    private(set) var bytes = 0
    private var ranges: Deque<(last: LogIndex, bytes: Int)> = []

    /// `applied` is in the state machine already.
    init(applied: LogIndex) { submitted = applied }

    /// Precondition: `range` follows the last one.
    mutating func append(_ range: LogRange, bytes rangeBytes: Int) {
        precondition(
            range.lower == submitted.next, "apply was submitted through \(submitted), now \(range) is to follow")
        submitted = range.upper.previous
        ranges.append((submitted, rangeBytes))
        bytes += rangeBytes
    }

    mutating func removeApplied(through applied: LogIndex) {
        while let first = ranges.first, first.last <= applied {
            bytes -= first.bytes
            ranges.removeFirst()
        }
    }
}
