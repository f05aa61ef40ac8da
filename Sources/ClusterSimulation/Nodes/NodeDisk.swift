internal import HotPath
internal import RaftCore

/// The disk of one node: what survives a crash.
struct NodeDisk {
    /// The durable log; `log[0]` has index 1.
    var log: [Entry] = []
    var hardState = HardState()
    /// The state machine as of its last table on disk.
    var state = KeyValueState()

    var lastLogID: LogID { log.last?.id ?? .zero }

    func term(at index: LogIndex) -> Term? {
        guard index > .zero else { return .zero }
        return index.rawValue <= UInt64(log.count) ? log[Int(index.rawValue) - 1].id.term : nil
    }

    mutating func write(_ job: LogJob) {
        if let index = job.truncateFrom { log.removeLast(max(0, log.count - Int(index.rawValue) + 1)) }
        for entry in job.entries {
            precondition(entry.id.index.rawValue == UInt64(log.count + 1), "the log on disk has a gap at \(entry.id)")
            log.append(entry)
        }
        if let hardState = job.hardState {
            precondition(hardState.currentTerm >= self.hardState.currentTerm, "the term on disk went back")
            self.hardState = hardState
        }
    }

    /// What recovery reads back.
    func recovered() throws -> Raft.Recovered {
        var recovered = Raft.Recovered()
        recovered.hardState = hardState
        recovered.applied = state.applied
        for entry in log {
            if let last = recovered.runs.indices.last, recovered.runs[last].term == entry.id.term {
                recovered.runs[last].sizes.append(UInt32(entry.encodedBytes))
            } else {
                recovered.runs.append(EntryRun(term: entry.id.term, sizes: [UInt32(entry.encodedBytes)]))
            }
            if entry.kind == .configuration {
                let configuration = try ConfigurationCodec.decode(entry.payload)
                recovered.configurations.append(
                    ConfigurationEntry(index: entry.id.index, configuration: configuration))
            }
        }
        return recovered
    }
}
