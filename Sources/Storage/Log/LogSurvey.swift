internal import HotPath
internal import KeyValue
internal import NIOCore
internal import RaftCore

/// What the start of a node learns of its log, without reading the entries that are applied and durable.
///
/// Of those it reads the first and the last one, those that hold a configuration, whose indexes are listed, and as many
/// as it takes to find the first entry of each term: terms never fall along a log, so between two entries of one term
/// there is no other term, and halving what lies between two entries of different terms leads to the place where the
/// term rises. It reads and checks every entry after them, and before them as many as may have been in no table file
/// yet when the node stopped: only those can be missing because a part of the write-ahead log is.
struct LogSurvey {
    private let log: RaftLogStore
    private let featureLevel: UInt8
    private let applied: LogID
    /// The entry before the first one of the log.
    private let compacted: LogID
    /// The index of the last entry.
    private let end: LogIndex
    /// The list of the entries that hold a configuration, in order.
    private let configurations: [LogIndex]
    private let isConfiguration: Set<LogIndex>

    /// Hard state apart.
    private(set) var recovered: Raft.Recovered
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
        let point = log.compaction
        compacted = point.lastIncluded
        recovered = Raft.Recovered(compacted: compacted)
        recovered.configuration = point.configuration
        do throws(StoreFailure) {
            configurations = try log.configurationIndexes()
        } catch {
            throw .damaged(error)
        }
        isConfiguration = Set(configurations)
        recovered.applied = applied.index
        try checkBeginning()
        if applied.index > compacted.index {
            try readApplied()
            try readTail(bytes: log.store.options.logTailBytes)
        }
        try readConfigurations()
        try readRest(progress)
    }

    /// Entries leave the log when the data on disk have them, in one batch with the record of it. So the data reach at
    /// least as far, and the last entry that has left is not there; to look for all of them would take as long as they
    /// were many.
    private func checkBeginning() throws(RecoveryRefusal) {
        guard compacted.index > .zero else { return }
        // Entries that have left the log may be of the level in force then, and so may the data that they made.
        let level = recovered.configuration.featureLevel
        guard level <= featureLevel else {
            throw .unknown(UnknownEntry(index: compacted.index, featureLevel: level), known: featureLevel)
        }
        guard applied.index >= compacted.index else {
            throw .lost(
                """
                The log begins after entry \(compacted.index), and the key-value data has applied entry \
                \(applied.index): a part of the key-value data is lost.
                """)
        }
        guard applied.index > compacted.index || applied.term == compacted.term else {
            throw .lost(
                """
                The log begins after entry \(compacted.index) of term \(compacted.term), and the key-value data has \
                applied it with term \(applied.term): they are of different histories.
                """)
        }
        var isThere = false
        do throws(StoreFailure) {
            try log.withRecord(at: compacted.index) { isThere = $0 != nil }
        } catch {
            throw .damaged(error)
        }
        if isThere { throw damage(at: compacted.index, "it is there, and the log begins after it") }
        if let first = configurations.first, first <= compacted.index {
            throw damage(at: first, "it is listed as a configuration, and the log begins after it")
        }
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
        let first = try entry(at: compacted.index.next).id
        guard first.term >= compacted.term else { throw fall(at: first, after: compacted) }
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

    /// Checks the last entries that are applied, `bytes` in all or a few more.
    private mutating func readTail(bytes: Int) throws(RecoveryRefusal) {
        var left = bytes
        var next = recovered.last
        var count: UInt64 = 16
        let first = compacted.index.next
        while left > 0, next.index > first {
            let lower = LogIndex(max(first.rawValue, next.index.rawValue - min(count, next.index.rawValue)))
            next = try readPart(from: lower, before: next, &left)
            count *= 2
        }
    }

    /// Checks the entries from `lower` on that come before `next`, and returns the first.
    private mutating func readPart(
        from lower: LogIndex, before next: LogID, _ bytesLeft: inout Int
    ) throws(RecoveryRefusal) -> LogID {
        var first: LogID?
        var last = LogID(index: lower.previous, term: .zero)
        try forEachRecord(in: LogRange(lower, next.index)) { (survey, record, index) throws(RecoveryRefusal) in
            guard index == last.index.next else { throw survey.missing(last.index.next, before: index) }
            let id = try survey.decode(record, at: index).id
            guard id.term >= last.term else { throw survey.fall(at: id, after: last) }
            bytesLeft -= record.count
            first = first ?? id
            last = id
        }
        guard last.index.next == next.index, let first else { throw missing(last.index.next, before: next.index) }
        guard last.term <= next.term else { throw fall(at: next, after: last) }
        return first
    }

    private mutating func readConfigurations() throws(RecoveryRefusal) {
        if let last = configurations.last, last > end {
            throw .lost("Entry \(last) of the log, a configuration, is missing: the log ends at entry \(end).")
        }
        for index in configurations {
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
        let range = LogRange(recovered.last.index.next, LogKey.end)
        try forEachRecord(in: range) { (survey, record, index) throws(RecoveryRefusal) in
            try survey.add(record, at: index)
            progress()
        }
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

    private mutating func forEachRecord(
        in range: LogRange,
        _ body: (inout LogSurvey, UnsafeRawBufferPointer, LogIndex) throws(RecoveryRefusal) -> Void
    ) throws(RecoveryRefusal) {
        var refusal: RecoveryRefusal?
        do throws(StoreFailure) {
            try log.forEachRecord(in: range) { index, record in
                do throws(RecoveryRefusal) {
                    try body(&self, record, index)
                } catch {
                    refusal = error
                }
                return refusal == nil
            }
        } catch {
            throw .damaged(error)
        }
        if let refusal { throw refusal }
    }

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
                    ? "it is a configuration, and is not listed as one"
                    : "it is listed as a configuration, and holds \(entry.kind)")
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
