internal import HotPath
internal import RaftCore

/// The disk of a node with a bare core: a log that begins after a compaction point, and a state machine as of its last
/// snapshot of itself.
struct CoreDisk {
    /// With the whole log: the entries that have left it are known to the referee alone.
    var record = DurableRecord()
    /// The entry before the first one of the log.
    private(set) var compacted = LogID.zero
    /// As of `compacted`.
    private(set) var configuration = Configuration()
    /// It has reached `compacted` at least.
    private(set) var state = KeyValueState()

    /// The state machine becomes durable as it is.
    mutating func persist(_ state: KeyValueState) { self.state = state }

    /// Drops the log through `id`. Precondition: the durable state machine has reached it.
    mutating func compact(through id: LogID, _ configuration: Configuration) {
        precondition(id.index <= state.applied, "the log is dropped through \(id), ahead of the state machine")
        precondition(record.term(at: id.index) == id.term, "the log is dropped through \(id), which it does not have")
        compacted = id
        self.configuration = configuration
    }

    /// A snapshot takes the place of everything; `entries` are those that it stands for.
    mutating func install(_ snapshot: Snapshot, standingFor entries: [Entry]) {
        record.begin(.history(log: entries, hardState: record.hardState))
        record.complete()
        compacted = snapshot.request.lastIncluded
        configuration = snapshot.request.configuration
        state = snapshot.state
    }

    /// The entries of `range`, as far as the log has them without a gap, of `bytesMax` together or one larger one.
    func entries(in range: LogRange, bytesMax: Int) -> [Entry] {
        var found: [Entry] = []
        var bytes = 0
        guard range.lower > compacted.index else { return found }
        for entry in record.log.dropFirst(Int(range.lower.rawValue) - 1).prefix(range.count) {
            bytes += entry.encodedBytes
            if !found.isEmpty, bytes > bytesMax { break }
            found.append(entry)
        }
        return found
    }

    /// What recovery reads back.
    func recovered() throws -> Raft.Recovered {
        var recovered = Raft.Recovered(compacted: compacted)
        recovered.hardState = record.hardState
        recovered.configuration = configuration
        recovered.applied = state.applied
        for entry in record.log.dropFirst(Int(compacted.index.rawValue)) { try recovered.append(entry) }
        return recovered
    }
}
