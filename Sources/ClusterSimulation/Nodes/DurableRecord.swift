internal import HotPath
internal import RaftCore

/// The part of a node's history that must be on its disk: entries and hard state whose sync has completed, and the
/// write under way, which may be there as well. Kept from what was handed to the store, without asking it, so that the
/// store is judged by it.
struct DurableRecord {
    enum Write {
        case batch([LogJob])
        /// The start of a history, in the place of the one before.
        case history(log: [Entry], hardState: HardState)
        /// A snapshot takes the place of log and state: the entries are those that it stands for.
        case snapshot(standingFor: [Entry])
    }

    /// Every entry since the first one, `log[0]`, whether it has left the log of the node or not.
    private(set) var log: [Entry] = []
    private(set) var hardState = HardState()
    /// The last entry that has left the log of the node.
    private(set) var compacted = LogIndex.zero
    /// Has begun, and its sync has not completed: on disk as a whole or not at all.
    private(set) var writeUnderWay: Write?

    var lastLogID: LogID { log.last?.id ?? .zero }

    func term(at index: LogIndex) -> Term? {
        guard index > .zero else { return .zero }
        return index.rawValue <= UInt64(log.count) ? log[Int(index.rawValue) - 1].id.term : nil
    }

    // MARK: Writes

    mutating func begin(_ write: Write) {
        precondition(writeUnderWay == nil, "a write begins before the one before has ended")
        writeUnderWay = write
    }

    /// The write under way is durable.
    mutating func complete() {
        guard let write = writeUnderWay else { return }
        writeUnderWay = nil
        switch write {
        case .batch(let jobs): for job in jobs { perform(job) }
        case .history(let log, let hardState):
            self.log = log
            self.hardState = hardState
            compacted = .zero
        case .snapshot(let entries):
            log = entries
            compacted = LogIndex(UInt64(entries.count))
        }
    }

    /// A crash has undone the write under way.
    mutating func undo() { writeUnderWay = nil }

    /// The disk has lost what it held, except for this. The entries through `compacted` have left its log.
    mutating func lose(leaving log: [Entry], cutThrough compacted: LogIndex, _ hardState: HardState) {
        writeUnderWay = nil
        self.log = log
        self.compacted = compacted
        self.hardState = hardState
    }

    private mutating func perform(_ job: LogJob) {
        if let index = job.truncateFrom { log.removeLast(max(0, log.count - Int(index.rawValue) + 1)) }
        for entry in job.entries {
            precondition(entry.id.index.rawValue == UInt64(log.count + 1), "the log on disk has a gap at \(entry.id)")
            log.append(entry)
        }
        if let point = job.compaction { compacted = max(compacted, point.lastIncluded.index) }
        if let hardState = job.hardState {
            precondition(hardState.currentTerm >= self.hardState.currentTerm, "the term on disk went back")
            self.hardState = hardState
        }
    }

    // MARK: Recovery

    /// What recovery has to read back, but for the applied index.
    func recovered() throws -> Raft.Recovered {
        let gone = Int(compacted.rawValue)
        var base = Raft.Recovered()
        for entry in log.prefix(gone) { try base.append(entry) }
        var recovered = Raft.Recovered(compacted: base.last)
        recovered.configuration = base.configurations.last?.configuration ?? Configuration()
        recovered.hardState = hardState
        for entry in log.dropFirst(gone) { try recovered.append(entry) }
        return recovered
    }
}

extension Raft.Recovered {
    /// Adds the next entry of the log.
    mutating func append(_ entry: Entry) throws {
        append(entry.id, size: UInt32(entry.encodedBytes))
        guard entry.kind == .configuration else { return }
        let configuration = try ConfigurationCodec.decode(entry.payload)
        configurations.append(ConfigurationEntry(index: entry.id.index, configuration: configuration))
    }
}
