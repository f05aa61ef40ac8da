internal import DequeModule
package import RaftCore

/// The tail of the log in memory: every entry that is not durable, not applied or not at every follower yet, and some
/// more. Followers that are in step and the apply thread are served from here; whoever needs older entries reads them
/// from disk.
///
/// ```
///            firstIndex              lastIndex
///                 │                      │
///   on disk only  ├──────────────────────┤
///   ◄─────────────┘ evict          append └─►
///                          truncate ◄─────┘
/// ```
package struct EntryRing {
    private var entries: Deque<Entry> = []
    /// The index of the first entry held, or the next to come if none is.
    package private(set) var firstIndex: LogIndex
    /// Sum of the encoded sizes.
    package private(set) var bytes = 0

    /// An empty ring after `last`, the last entry that is on disk.
    package init(after last: LogIndex) { firstIndex = last.next }

    /// The index after the last entry held.
    package var endIndex: LogIndex { LogIndex(firstIndex.rawValue + UInt64(entries.count)) }

    /// Precondition: `entry` follows the last one.
    package mutating func append(_ entry: Entry) {
        precondition(
            entry.id.index == endIndex, "entry \(entry.id) does not follow the ring's end before \(endIndex)")
        entries.append(entry)
        bytes += entry.encodedBytes
    }

    /// Removes the entries from `index` on.
    package mutating func truncate(from index: LogIndex) {
        if index <= firstIndex {
            // The removed entries reach back beyond what is in memory.
            entries.removeAll(keepingCapacity: true)
            bytes = 0
            firstIndex = index
            return
        }
        while endIndex > index, let last = entries.popLast() { bytes -= last.encodedBytes }
    }

    /// Removes entries before `index` from memory until at most `bytesKept` remain. The caller knows that those entries
    /// are durable and applied.
    package mutating func evict(before index: LogIndex, bytesKept: Int) {
        while bytes > bytesKept, firstIndex < index, let first = entries.popFirst() {
            bytes -= first.encodedBytes
            firstIndex = firstIndex.next
        }
    }

    /// The entries of `range`. Precondition: the ring holds all of them.
    package func slice(_ range: LogRange) -> [Entry] {
        precondition(
            range.lower >= firstIndex && range.upper <= endIndex,
            "the ring holds [\(firstIndex), \(endIndex)), not \(range)")
        let start = Int(range.lower.rawValue - firstIndex.rawValue)
        return Array(entries[start..<(start + range.count)])
    }
}
