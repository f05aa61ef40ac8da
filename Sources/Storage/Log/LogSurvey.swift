internal import HotPath
internal import KeyValue
internal import NIOCore
internal import RaftCore

/// What the start of a node learns of its log, without reading the entries that are applied and durable.
///
/// Of those it reads the first and the last one, those that hold a configuration, whose indexes stand in `raft_meta`,
/// and as many as it takes to find the first entry of each term: terms never fall along a log, so between two entries
/// of one term there is no other term, and halving what lies between two entries of different terms leads to the place
/// where the term rises. It reads and checks every entry after them.
struct LogSurvey {
    private let log: RaftLogStore
    private let featureLevel: UInt8
    private let applied: LogID
    /// The index of the last entry.
    private let end: LogIndex
    /// What `raft_meta` says: the entries that hold a configuration, in order.
    private let configurations: [LogIndex]
    private let isConfiguration: Set<LogIndex>

    /// Hard state apart.
    private(set) var recovered = Raft.Recovered()
    private(set) var holdsUnappliedCommands = false
    private var buffer = ByteBuffer()

    /// `progress` is called after each entry that is not applied yet.
    init(
        of log: RaftLogStore, applied: LogID, knowing featureLevel: UInt8, _ progress: () -> Void
    ) throws(RecoveryRefusal) {
        self.log = log
        self.applied = applied
        self.featureLevel = featureLevel
        end = log.lastAppendedIndex
        do throws(StoreFailure) {
            configurations = try log.configurationIndexes()
        } catch {
            throw .damaged(error)
        }
        isConfiguration = Set(configurations)
        recovered.applied = applied.index
        if applied.index > recovered.compacted.index { try readApplied() }
        try readConfigurations()
        try readRest(progress)
    }

    // MARK: Entries that are applied

    private mutating func readApplied() throws(RecoveryRefusal) {
        guard end >= applied.index else {
            throw .lost(
                """
                The log ends at entry \(end), and the key-value data has applied entry \(applied.index): the end of \
                the log is lost.
                """)
        }
        let first = try entry(at: recovered.compacted.index.next).id
        let last = try entry(at: applied.index).id
        guard last.term == applied.term else {
            throw .lost(
                """
                Entry \(applied.index) of the log has term \(last.term), and the key-value data has applied it with \
                term \(applied.term): they are of different histories.
                """)
        }
        recovered.terms = [first]
        try findTerms(after: first, through: last)
        recovered.last = last
    }

    /// Adds the first entry of each term above that of `lower`, through `upper`.
    private mutating func findTerms(after lower: LogID, through upper: LogID) throws(RecoveryRefusal) {
        guard lower.term <= upper.term else { throw fall(at: upper, after: lower) }
        if lower.term == upper.term { return }
        guard lower.index.next < upper.index else {
            recovered.terms.append(upper)
            return
        }
        let half = (upper.index.rawValue - lower.index.rawValue) / 2
        let middle = try entry(at: LogIndex(lower.index.rawValue + half)).id
        try findTerms(after: lower, through: middle)
        try findTerms(after: middle, through: upper)
    }

    private mutating func readConfigurations() throws(RecoveryRefusal) {
        for index in configurations {
            guard index <= end else {
                throw .lost("Entry \(index) of the log, a configuration, is missing: the log ends at entry \(end).")
            }
            guard index <= applied.index else { return }
            let entry = try entry(at: index)
            let term = recovered.terms.last { $0.index <= index }?.term
            guard let term, term == entry.id.term else {
                throw damage(at: index, "its term \(entry.id.term) is not that of the entries next to it")
            }
            try addConfiguration(entry)
        }
    }

    private mutating func entry(at index: LogIndex) throws(RecoveryRefusal) -> Entry {
        var refusal: RecoveryRefusal?
        var entry: Entry?
        do throws(StoreFailure) {
            try log.withRecord(at: index) { record in
                guard let record else { return }
                do throws(RecoveryRefusal) {
                    entry = try decode(record, at: index)
                } catch {
                    refusal = error
                }
            }
        } catch {
            throw .damaged(error)
        }
        if let refusal { throw refusal }
        guard let entry else { throw missing(index, before: end) }
        return entry
    }

    // MARK: Entries that are not applied

    private mutating func readRest(_ progress: () -> Void) throws(RecoveryRefusal) {
        var refusal: RecoveryRefusal?
        do throws(StoreFailure) {
            try log.forEachRecord(in: LogRange(recovered.last.index.next, LogKey.end)) { index, record in
                do throws(RecoveryRefusal) {
                    try add(record, at: index)
                } catch {
                    refusal = error
                    return false
                }
                progress()
                return true
            }
        } catch {
            throw .damaged(error)
        }
        if let refusal { throw refusal }
    }

    private mutating func add(_ record: UnsafeRawBufferPointer, at index: LogIndex) throws(RecoveryRefusal) {
        let last = recovered.last
        guard index == last.index.next else { throw missing(last.index.next, before: index) }
        let entry = try decode(record, at: index)
        guard entry.id.term >= last.term else { throw fall(at: entry.id, after: last) }
        recovered.append(entry.id, size: UInt32(entry.encodedBytes))
        if entry.kind == .configuration { try addConfiguration(entry) }
        if entry.kind == .commands { holdsUnappliedCommands = true }
    }

    // MARK: Each entry that is read

    private mutating func decode(
        _ record: UnsafeRawBufferPointer, at index: LogIndex
    ) throws(RecoveryRefusal) -> Entry {
        buffer.clear()
        buffer.writeBytes(record)
        let entry: Entry
        do throws(StoreFailure) {
            entry = try RaftLogStore.entry(decoding: &buffer, at: index)
        } catch {
            throw .damaged(error)
        }
        guard buffer.readableBytes == 0 else { throw damage(at: index, "its record has bytes after its end") }
        // All entries of a level follow the configuration that has raised it, and that is always read.
        guard entry.featureLevel <= featureLevel else {
            throw .unknown(UnknownEntry(index: index, featureLevel: entry.featureLevel), known: featureLevel)
        }
        guard (entry.kind == .configuration) == isConfiguration.contains(index) else {
            throw damage(
                at: index,
                entry.kind == .configuration
                    ? "it is a configuration, and raft_meta does not list it as one"
                    : "raft_meta lists it as a configuration, and it holds \(entry.kind)")
        }
        return entry
    }

    private mutating func addConfiguration(_ entry: Entry) throws(RecoveryRefusal) {
        do throws(CodecError) {
            let configuration = try ConfigurationCodec.decode(entry.payload)
            recovered.configurations.append(ConfigurationEntry(index: entry.id.index, configuration: configuration))
        } catch {
            throw damage(at: entry.id.index, error.description)
        }
    }

    // MARK: Refusals

    private func missing(_ index: LogIndex, before next: LogIndex) -> RecoveryRefusal {
        .lost("Entry \(index) of the log is missing, and entry \(next) is there.")
    }

    private func fall(at entry: LogID, after before: LogID) -> RecoveryRefusal {
        damage(at: entry.index, "its term \(entry.term) is lower than \(before.term), that of entry \(before.index)")
    }

    private func damage(at index: LogIndex, _ message: String) -> RecoveryRefusal {
        .damaged(StoreFailure(operation: "read entry \(index)", message: message))
    }
}
