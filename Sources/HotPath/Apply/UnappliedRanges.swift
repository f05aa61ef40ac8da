internal import DequeModule
internal import RaftCore

/// Committed ranges that are handed to the apply thread and not known to be applied yet, with their size.
///
/// Expiry: a range leaves when the state machine has applied it (`removeApplied`); the apply thread finishes each one
/// or ends the process.
struct UnappliedRanges {
    /// The last index handed over.
    private(set) var submitted: LogIndex
    /// The last index that the apply thread has reported: it has nothing more to do with entries through this one. The
    /// state machine may be further.
    private(set) var finished: LogIndex
    /// Size of the entries that are handed over and not applied, as far as they came from memory.
    private(set) var bytes = 0
    private var ranges: Deque<(last: LogIndex, bytes: Int)> = []

    /// `applied` is in the state machine already.
    init(applied: LogIndex) {
        submitted = applied
        finished = applied
    }

    /// The apply thread is idle, or about to be.
    var areFinished: Bool { finished >= submitted }

    /// A report of before an installation says nothing new.
    mutating func noteFinished(through index: LogIndex) { finished = max(finished, index) }

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
