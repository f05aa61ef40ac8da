internal import RaftCore

/// A log entry with content, as the servers of these tests keep it beside their core.
struct LogEntry: Hashable {
    enum Content: Hashable {
        case noop
        case configuration(Configuration)
        case command(UInt64)
    }

    var id: LogID
    var content: Content

    /// In bytes; differs between commands so that cutting messages by size is exercised.
    var size: UInt32 {
        switch content {
        case .noop: return 32
        case .configuration: return 100
        case .command(let value): return 40 + UInt32(value % 61)
        }
    }
}

/// A state machine: the commands applied so far, reduced to a digest that depends on their order.
struct Machine: Hashable {
    var applied = LogID.zero
    var digest: UInt64 = 0xcbf2_9ce4_8422_2325

    mutating func apply(_ entry: LogEntry) {
        precondition(entry.id.index == applied.index.next, "applied \(entry.id) after \(applied)")
        applied = entry.id
        if case .command(let value) = entry.content { digest = (digest ^ value) &* 0x0000_0100_0000_01b3 }
    }
}

/// A message on its way, with what travels beside it.
struct Envelope {
    var message: Message
    /// Those of an AppendEntriesRequest.
    var entries: [LogEntry] = []
    /// That of an InstallSnapshotRequest.
    var machine: Machine?
}

extension Array where Element == LogEntry {
    /// The terms and sizes as a core sees them.
    var runs: [EntryRun] {
        var runs: [EntryRun] = []
        for entry in self {
            if let last = runs.indices.last, runs[last].term == entry.id.term {
                runs[last].sizes.append(entry.size)
            } else {
                runs.append(EntryRun(term: entry.id.term, sizes: [entry.size]))
            }
        }
        return runs
    }

    var configurations: [ConfigurationEntry] {
        var result: [ConfigurationEntry] = []
        for entry in self {
            if case .configuration(let configuration) = entry.content {
                result.append(ConfigurationEntry(index: entry.id.index, configuration: configuration))
            }
        }
        return result
    }
}

/// Entries behind a compaction point.
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
