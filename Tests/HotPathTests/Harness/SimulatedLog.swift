import HotPath
import KeyValue
import RaftCore

/// The log on one node's disk, and the writes on their way to it: `durable` survives a crash, `jobs` are submitted and
/// lost with it.
final class SimulatedLog: LogStore, LogWriter, LogReader, @unchecked Sendable {
    var durable: [Entry] = []
    var hardState = HardState()
    var jobs: [LogJob] = []
    var reads: [(range: LogRange, id: UInt64)] = []
    /// Counts of events that the simulation is there for, over all starts of the node.
    private(set) var truncations = 0
    private(set) var readsOfOldEntries = 0

    func submit(_ job: LogJob) { jobs.append(job) }

    func read(_ range: LogRange, bytesMax: Int, id: UInt64) {
        reads.append((range, id))
        readsOfOldEntries += 1
    }

    func append(_ jobs: [LogJob]) throws(StoreFailure) {
        for job in jobs {
            if let index = job.truncateFrom {
                durable.removeAll { $0.id.index >= index }
                truncations += 1
            }
            for entry in job.entries {
                precondition(entry.id.index.rawValue == UInt64(durable.count + 1), "the log on disk has a gap")
                durable.append(entry)
            }
            if let hardState = job.hardState {
                precondition(hardState.currentTerm >= self.hardState.currentTerm, "the term on disk went back")
                self.hardState = hardState
            }
        }
    }

    func entries(in range: LogRange, bytesMax: Int) throws(StoreFailure) -> [Entry] {
        guard range.upper.rawValue <= UInt64(durable.count) + 1 else {
            throw StoreFailure(operation: "read", message: "\(range) is not durable")
        }
        return Array(durable[Int(range.lower.rawValue - 1)..<Int(range.upper.rawValue - 1)])
    }

    /// Writes and syncs the first `count` jobs as one batch; returns the last of them.
    func sync(_ count: Int) throws(StoreFailure) -> LogJob? {
        let batch = Array(jobs.prefix(count))
        guard let last = batch.last else { return nil }
        try append(batch)
        jobs.removeFirst(batch.count)
        return last
    }

    func recover(applied: LogIndex) throws(CodecError) -> Raft.Recovered {
        var recovered = Raft.Recovered()
        recovered.hardState = hardState
        recovered.applied = applied
        for entry in durable {
            if let last = recovered.runs.indices.last, recovered.runs[last].term == entry.id.term {
                recovered.runs[last].sizes.append(UInt32(entry.encodedBytes))
            } else {
                recovered.runs.append(EntryRun(term: entry.id.term, sizes: [UInt32(entry.encodedBytes)]))
            }
            if entry.kind == .configuration {
                recovered.configurations.append(
                    ConfigurationEntry(
                        index: entry.id.index, configuration: try ConfigurationCodec.decode(entry.payload)))
            }
        }
        return recovered
    }
}
