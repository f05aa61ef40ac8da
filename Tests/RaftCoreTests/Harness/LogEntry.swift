internal import RaftCore

/// A log entry with content, as the servers of these tests keep it next to their core.
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
