/// The log as the core knows it: the term of each entry and the encoded size of those at its end, never an entry's
/// content.
///
/// Terms are kept as runs, because a log holds thousands of entries of one term in a row. Sizes are kept for the tail
/// that requests are cut from, so that the memory that a log takes does not grow with it:
///
/// ```
///            compacted          runs[0]            runs[1]     last
///  ── gone ──────●───┬─────────────────────────┬───────┬───────●
///    index 10, term 3│ first 11, term 3        │ first 15, term 5
///                                                      └ sizesStart
/// ```
///
/// Invariants: index and term of the runs rise strictly; the first run starts right after `compacted`; there is one
/// size for each entry from `sizesStart` on.
struct RaftLog: Sendable {

    /// The entry before the first one of the log.
    private(set) var compacted: LogID
    /// The last entry; `compacted` if the log is empty.
    private(set) var last: LogID
    /// The first entry of each term.
    private var runs: [LogID] = []
    private var sizes = SizeTail()

    init(compacted: LogID) { self.init(compacted: compacted, terms: [], last: compacted, sizes: []) }

    /// Preconditions: `terms` are the first entries of the terms up to `last`, and there are no more `sizes` than
    /// entries.
    init(compacted: LogID, terms: [LogID], last: LogID, sizes: [UInt32]) {
        self.compacted = compacted
        self.last = last
        self.runs = terms
        precondition(
            UInt64(sizes.count) <= last.index.rawValue - compacted.index.rawValue,
            "\(sizes.count) sizes are known of a log that spans \(compacted) to \(last)")
        self.sizes.append(sizes[...])
        precondition(isConsistent, "the terms \(terms) are not those of a log that spans \(compacted) to \(last)")
    }

    // MARK: Questions

    var firstIndex: LogIndex { compacted.index.next }

    /// The first entry whose size is known, or the next one to come.
    var sizesStart: LogIndex { LogIndex(last.index.rawValue + 1 - UInt64(sizes.count)) }

    /// The term of the entry at `index`, if the log holds it or it is `compacted`. O(log of the number of runs).
    func term(at index: LogIndex) -> Term? {
        if index == last.index { return last.term }
        if index == compacted.index { return compacted.term }
        guard index > compacted.index, index < last.index else { return nil }
        return runs[runPosition(of: index)].term
    }

    /// Whether the log holds this very entry, or it is `compacted`.
    func contains(_ id: LogID) -> Bool { term(at: id.index) == id.term }

    /// Whether the log holds this very entry, or an entry at this index has left it: those are committed and need no
    /// comparison.
    func agrees(with id: LogID) -> Bool { id.index < compacted.index || contains(id) }

    /// The last entry at or below `index` whose term is at most `term`; `compacted` if there is none.
    ///
    /// §5.3: "the leader can decrement nextIndex to bypass all of the conflicting entries in that term". Terms never
    /// decrease along a log, so entries of a later term than the other log has at this index cannot match.
    func lastID(atOrBelow index: LogIndex, termAtMost term: Term) -> LogID {
        let index = min(index, last.index)
        guard index > compacted.index else { return compacted }
        var position = runPosition(of: index)
        if runs[position].term <= term { return LogID(index: index, term: runs[position].term) }
        while position > 0 {
            position -= 1
            if runs[position].term <= term {
                return LogID(index: runs[position + 1].index.previous, term: runs[position].term)
            }
        }
        return compacted
    }

    /// The first index of `range` at which the log holds no entry of the term that `runs` states, or `range.upper`.
    /// Entries at or below `compacted` are committed and count as equal.
    func firstDifference(in range: LogRange, runs others: [EntryRun]) -> LogIndex {
        if range.lower > last.index { return range.lower }
        var index = range.lower
        for run in others {
            let end = LogIndex(index.rawValue + UInt64(run.sizes.count))
            while index < end {
                if index > compacted.index {
                    guard term(at: index) == run.term else { return index }
                }
                index = index.next
            }
        }
        return range.upper
    }

    /// Encoded size of the entries of `range`, in bytes. Precondition: their sizes are known.
    func bytes(of range: LogRange) -> Int {
        if range.isEmpty { return 0 }
        let position = offset(of: range.lower)
        var sum = 0
        for position in position..<(position + range.count) { sum += Int(sizes[position]) }
        return sum
    }

    /// The entries from `lower` on that fit one message: at most `entriesMax`, at most `bytesMax` or one larger entry.
    /// Precondition: `lower` is at or above `sizesStart` and at most one above the last index.
    func cut(from lower: LogIndex, entriesMax: Int, bytesMax: Int) -> (range: LogRange, bytes: Int) {
        var position = offset(of: lower)
        let limit = min(sizes.count, position + max(entriesMax, 1))
        var bytes = 0
        let start = position
        while position < limit {
            let size = Int(sizes[position])
            if position > start, bytes + size > bytesMax { break }
            bytes += size
            position += 1
        }
        return (LogRange(lower, LogIndex(lower.rawValue + UInt64(position - start))), bytes)
    }

    /// How many sizes are in memory, those that are forgotten and not gone yet included.
    var sizesInMemory: Int { sizes.countInMemory }

    // MARK: Changes

    /// Appends one entry. Precondition: `term` is not below the last entry's.
    mutating func append(term: Term, size: UInt32) {
        open(term)
        sizes.append(size)
        last = LogID(index: last.index.next, term: term)
    }

    /// Appends entries of one term. Precondition: `term` is not below the last entry's.
    mutating func append(term: Term, sizes new: ArraySlice<UInt32>) {
        if new.isEmpty { return }
        open(term)
        sizes.append(new)
        last = LogID(index: LogIndex(last.index.rawValue + UInt64(new.count)), term: term)
    }

    /// Drops the entries from `index` on. Precondition: the log holds `index`.
    mutating func truncate(from index: LogIndex) {
        precondition(index > compacted.index, "cannot truncate from \(index): compacted through \(compacted)")
        precondition(index <= last.index, "cannot truncate from \(index): the log ends at \(last)")
        sizes.removeLast(min(sizes.count, Int(last.index.rawValue - index.rawValue) + 1))
        while let run = runs.last, run.index >= index { runs.removeLast() }
        last = LogID(index: index.previous, term: runs.last?.term ?? compacted.term)
    }

    /// Drops the entries up to and including `index`. Precondition: the log holds `index`.
    mutating func compact(through index: LogIndex) {
        guard let term = term(at: index) else {
            preconditionFailure("cannot compact through \(index): the log spans \(compacted) to \(last)")
        }
        forgetSizes(before: index.next)
        if index == last.index {
            runs.removeAll()
        } else {
            let position = runPosition(of: index.next)
            runs.removeFirst(position)
            runs[0].index = index.next
        }
        compacted = LogID(index: index, term: term)
    }

    /// Forgets the sizes of the entries before `index`. Amortised O(1) for each of them.
    mutating func forgetSizes(before index: LogIndex) {
        let start = sizesStart
        if index > start { sizes.removeFirst(min(sizes.count, Int(index.rawValue - start.rawValue))) }
    }

    // MARK: Inside

    /// The place of an entry in `sizes`.
    private func offset(of index: LogIndex) -> Int {
        let start = sizesStart
        precondition(index >= start, "the size of entry \(index) is asked for, and they are known from \(start) on")
        return Int(index.rawValue - start.rawValue)
    }

    /// The position of the run that holds `index`, which lies within the log.
    private func runPosition(of index: LogIndex) -> Int {
        var low = 0
        var high = runs.count - 1
        while low < high {
            let middle = (low + high + 1) / 2
            if runs[middle].index <= index { low = middle } else { high = middle - 1 }
        }
        return low
    }

    private mutating func open(_ term: Term) {
        precondition(term >= last.term, "an entry of term \(term) cannot follow \(last)")
        if runs.isEmpty || last.term != term { runs.append(LogID(index: last.index.next, term: term)) }
    }

    /// Whether the runs rise strictly and cover the log, O(runs).
    var isConsistent: Bool {
        guard last.index >= compacted.index, UInt64(sizes.count) <= last.index.rawValue - compacted.index.rawValue
        else { return false }
        guard let first = runs.first, let end = runs.last else { return last == compacted }
        guard first.index == compacted.index.next, first.term >= compacted.term, end.term == last.term else {
            return false
        }
        for position in runs.indices.dropFirst() {
            guard runs[position - 1].index < runs[position].index else { return false }
            guard runs[position - 1].term < runs[position].term else { return false }
        }
        return end.index <= last.index
    }
}
