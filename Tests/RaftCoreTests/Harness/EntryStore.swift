internal import RaftCore

/// Entries after a compaction point.
struct EntryStore: Hashable {
    var compacted = LogID.zero
    var entries: [LogEntry] = []

    var last: LogID { entries.last?.id ?? compacted }

    func entry(at index: LogIndex) -> LogEntry? {
        guard index > compacted.index, index <= last.index else { return nil }
        return entries[Int(index.rawValue - compacted.index.rawValue) - 1]
    }

    func term(at index: LogIndex) -> Term? {
        index == compacted.index ? compacted.term : entry(at: index)?.id.term
    }

    func slice(_ range: LogRange) -> [LogEntry] {
        if range.isEmpty { return [] }
        let start = Int(range.lower.rawValue - compacted.index.rawValue) - 1
        return Array(entries[start..<(start + range.count)])
    }

    /// Of the first entries of `range`, of `bytesMax` together or one larger one.
    func sizes(in range: LogRange, bytesMax: Int) -> [Int] {
        var sizes: [Int] = []
        for entry in slice(range) {
            let size = Int(entry.size)
            if !sizes.isEmpty, sizes.reduce(size, +) > bytesMax { break }
            sizes.append(size)
        }
        return sizes
    }

    func suffix(from index: LogIndex) -> [LogEntry] {
        slice(LogRange(index, max(index, last.index.next)))
    }

    mutating func truncate(from index: LogIndex) {
        entries.removeLast(Int(last.index.rawValue - index.rawValue) + 1)
    }

    mutating func compact(through index: LogIndex) {
        // The caller compacts only what the store holds.
        let id = LogID(index: index, term: term(at: index)!)
        entries.removeFirst(Int(index.rawValue - compacted.index.rawValue))
        compacted = id
    }
}
