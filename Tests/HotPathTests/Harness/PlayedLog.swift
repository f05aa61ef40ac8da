import HotPath
import RaftCore

/// What lies on the disk of a played replica. It never changes: tests say what else is durable.
final class PlayedLog: LogStore {
    private let entries: [Entry]

    init(_ entries: [Entry]) { self.entries = entries }

    func append(_ jobs: [LogJob]) throws(StoreFailure) {
        throw StoreFailure(operation: "write the log", message: "the ports of a played replica take its log jobs")
    }

    func entries(in range: LogRange, bytesMax: Int) throws(StoreFailure) -> [Entry] {
        guard range.upper.rawValue <= UInt64(entries.count) + 1 else {
            throw StoreFailure(operation: "read the log", message: "\(range) is not durable")
        }
        return Array(entries[Int(range.lower.rawValue - 1)..<Int(range.upper.rawValue - 1)])
    }

    /// What recovery reads, with all of it in the state machine. The first entry is the only configuration.
    func recovered(_ configuration: Configuration, term: Term) -> Raft.Recovered {
        var recovered = Raft.Recovered()
        recovered.hardState = HardState(currentTerm: term)
        recovered.applied = LogIndex(UInt64(entries.count))
        for entry in entries { recovered.append(entry.id, size: UInt32(entry.encodedBytes)) }
        recovered.configurations = [ConfigurationEntry(index: LogIndex(1), configuration: configuration)]
        return recovered
    }
}
