package import HotPath
internal import KeyValue
internal import NIOCore
internal import RaftCore
internal import Synchronization

/// The Raft log and the hard state in the families `raft_log` and `raft_meta`.
///
/// `append` writes one batch and then syncs, and nothing is written between the two. So a crash can lose only the last
/// batch, as a whole, and that batch was never acknowledged. Recovery relies on this. When the batch is durable, the
/// witness says so too, before anybody hears of it.
///
/// `@unchecked Sendable`: mutable state belongs to the log thread, which `confinement` checks. Reads go to the
/// engine, which is safe on any thread.
package final class RaftLogStore: LogStore, @unchecked Sendable {
    let store: StoreDatabase
    private let facts: StoreFacts
    private let syncs = Atomic<UInt64>(0)
    private let timer = LogTimer()

    private let confinement = Confinement()
    /// Reused by every append.
    private let batch: any EngineBatch
    private var lastIndex: LogIndex
    /// Where the log begins, as of the last append.
    private var compactionPoint: CompactionPoint
    /// Only with a bug: the batch before has deleted the beginning of the log.
    private var isPointDue = false
    /// Entries through this index may be gone. Rises before they leave, so that a reader who does not find one knows
    /// why.
    private let goneThrough: Atomic<UInt64>
    /// Nil after a truncation that nothing followed: then only the database knows it.
    private var lastTerm: Term?
    /// The lowest index of a suffix that the batch deletes.
    private var batchTruncatesFrom: LogIndex?
    /// The beginning of the log that the batch replaces as a whole.
    private var batchReplacesLogAfter: LogID?
    private var witness: Witness
    /// After a failed write or sync the content of the disk is unknown, and a sync that succeeds later proves nothing:
    /// every later append fails too (rule R3 of `Docs/HotPath.md`).
    private var failure: StoreFailure?

    init(_ store: StoreDatabase, _ facts: StoreFacts, _ witness: consuming Witness) throws(StoreFailure) {
        self.store = store
        self.facts = facts
        self.witness = witness
        batch = store.engine.makeBatch()
        compactionPoint = try Self.compactionPoint(in: store) ?? CompactionPoint()
        goneThrough = Atomic(compactionPoint.lastIncluded.index.rawValue)
        lastIndex = try Self.lastIndex(in: store, after: compactionPoint.lastIncluded.index)
    }

    /// How often the write-ahead log was synced: once per `append` that had anything to write. Any thread.
    package var walSyncCount: UInt64 { syncs.load(ordering: .relaxed) }

    /// Entries through this index are gone, or about to go. Any thread.
    var goneIndex: LogIndex { LogIndex(goneThrough.load(ordering: .acquiring)) }

    /// Where the log begins. Precondition: the log thread is idle.
    var compaction: CompactionPoint {
        confinement.enter("the Raft log")
        defer { confinement.leave() }
        return compactionPoint
    }

    /// The last entry that has left the log, `.zero` if none has. Precondition: the log thread is idle.
    var compacted: LogID { compaction.lastIncluded }

    // MARK: Appending

    package func append(_ jobs: [LogJob]) throws(StoreFailure) {
        confinement.enter("the Raft log")
        defer { leave() }
        if let failure { throw failure }
        try store.requireOpen(for: "append to the log")
        if isPointDue { batch.put(MetaKey.compaction, CompactionRecord.encode(compactionPoint)) }
        isPointDue = false
        var hardState: HardState?
        for job in jobs {
            if let truncateFrom = job.truncateFrom { removeSuffix(from: truncateFrom) }
            for entry in job.entries { add(entry) }
            if let point = job.compaction { removePrefix(through: point) }
            hardState = job.hardState ?? hardState
        }
        if let hardState { add(hardState) }
        if batch.count > 0 { try commit(hardState) }
    }

    private func leave() {
        batch.clear()
        batchTruncatesFrom = nil
        batchReplacesLogAfter = nil
        confinement.leave()
    }

    /// §5.3: "If an existing entry conflicts with a new one (same index but different terms), delete the existing entry
    /// and all that follow it." The range ends where the log does: one up to the end of all indexes would make each
    /// table file that has it overlap all later ones. Nothing is after the end of the log, so no later entry survives.
    private func removeSuffix(from index: LogIndex) {
        precondition(
            index > compactionPoint.lastIncluded.index,
            "the log is truncated from \(index), and it begins after \(compactionPoint.lastIncluded)")
        guard index <= lastIndex else { return }
        assert(batch.count > 0 || isEnd(lastIndex), "the database has entries after the end of the log, \(lastIndex)")
        let end = store.options.has(.deletesOneOfSuffix) ? index.next : lastIndex.next
        delete(LogRange(index, end))
        batchTruncatesFrom = min(batchTruncatesFrom ?? index, index)
        lastIndex = index.previous
        lastTerm = nil
    }

    /// Deletes entries, and names them no more as configurations.
    private func delete(_ range: LogRange) {
        guard !range.isEmpty else { return }
        LogKey.with(range.lower) { lower in
            LogKey.with(range.upper) { upper in batch.deleteRange(from: lower, upTo: upper, in: .log) }
        }
        ConfigurationKey.bytes(range.lower).withRawBytes { lower in
            ConfigurationKey.bytes(range.upper).withRawBytes { upper in
                batch.deleteRange(from: lower, upTo: upper, in: .log)
            }
        }
    }

    private func add(_ entry: Entry) {
        precondition(
            entry.id.index == lastIndex.next, "entry \(entry.id) is appended to a log that ends at \(lastIndex)")
        if entry.kind == .commands { facts.noteUserData() }
        entry.encoded.readableBytesSpan.withUnsafeBytes { value in
            LogKey.with(entry.id.index) { key in batch.put(key, value, in: .log) }
        }
        if entry.kind == .configuration {
            ConfigurationKey.bytes(entry.id.index).withRawBytes { key in
                batch.put(key, UnsafeRawBufferPointer(start: nil, count: 0), in: .log)
            }
        }
        lastIndex = entry.id.index
        lastTerm = entry.id.term
    }

    private func add(_ hardState: HardState) {
        batch.put(MetaKey.hardState, HardStateRecord.encode(hardState))
    }

    /// Writes `batch` and returns when it is durable. Afterwards the node is in `hardState`, or still in the one before
    /// if that is nil, and the directory is `instance` from then on, if there is one.
    private func commit(_ hardState: HardState?, as instance: InstanceID? = nil) throws(StoreFailure) {
        do throws(StoreFailure) {
            try lowerWitness(to: hardState, isNewInstance: instance != nil)
            try writeAndSync()
            try raiseWitness(hardState, instance)
        } catch {
            failure = error
            throw error
        }
        syncs.wrappingAdd(1, ordering: .relaxed)
    }

    /// The sync is a separate call, because a synced write would block the apply thread's writes for as long as the
    /// disk takes.
    private func writeAndSync() throws(StoreFailure) {
        goneThrough.store(compactionPoint.lastIncluded.index.rawValue, ordering: .releasing)
        let start = LogTimer.now()
        let written: UInt64
        do throws(EngineError) {
            try batch.write()
            written = LogTimer.now()
            try store.engine.syncLog()
        } catch {
            throw StoreFailure("append to the log", error)
        }
        timer.note(start: start, written: written, synced: LogTimer.now())
    }

    package var times: LogTimes { timer.longest }

    /// The index of the last entry appended, 0 if there is none. Precondition: the log thread is idle.
    var lastAppendedIndex: LogIndex {
        confinement.enter("the Raft log")
        defer { confinement.leave() }
        return lastIndex
    }

    /// The index of the last entry, that of the compaction point if there is none.
    private static func lastIndex(
        in store: StoreDatabase, after compacted: LogIndex
    ) throws(StoreFailure) -> LogIndex {
        let operation = "find the end of the log"
        // A bound, so that nobody walks back over the entries that have left the log.
        let iterator = try LogKey.with(compacted.next) { (lower) throws(StoreFailure) in
            try store.makeIterator(over: .log, from: lower, for: operation)
        }
        iterator.seekToLast()
        guard iterator.isValid else {
            try iterator.checkStatus(for: operation)
            return compacted
        }
        // Recovery refuses a log that has a key of another form.
        return withExtendedLifetime(iterator) { LogKey.index(of: iterator.key) ?? compacted }
    }

    /// Whether the database has no entry after `index`.
    private func isEnd(_ index: LogIndex) -> Bool {
        do throws(StoreFailure) {
            return try Self.lastIndex(in: store, after: index) == index
        } catch {
            // The append that follows fails as well, and says why.
            return true
        }
    }

    // MARK: Compaction

    /// Cuts off the entries through a compaction point (§7: "discard the entire log" up to it), with what must still be
    /// known of them. Of no effect if they are gone.
    private func removePrefix(through point: CompactionPoint) {
        let first = compactionPoint.lastIncluded.index.next
        guard point.lastIncluded.index >= first else { return }
        precondition(
            point.lastIncluded.index <= lastIndex,
            "the log is cut off through \(point.lastIncluded), and it ends at \(lastIndex)")
        begin(after: point, removing: LogRange(first, point.lastIncluded.index.next))
    }

    /// Puts a new beginning of the log into the batch, with the removal of entries and of their place among the
    /// configurations.
    private func begin(after point: CompactionPoint, removing range: LogRange) {
        delete(range)
        compactionPoint = point
        if store.options.has(.compactsWithoutPoint) {
            isPointDue = true
        } else {
            batch.put(MetaKey.compaction, CompactionRecord.encode(point))
        }
    }

    /// Replaces the whole log by the empty one that begins after `point`, as an installed snapshot wants it (§7), with
    /// whatever `add` puts into the same durable batch. A crash leaves the log as it was, without anything of `add`, or
    /// the new one with all of it.
    ///
    /// Preconditions: the log thread is idle; `point` is not before the present beginning of the log; after this batch
    /// the state machine has everything through `point`, durably; and nothing after `point` in the log is committed,
    /// because all of that is lost.
    func startAfter(_ point: CompactionPoint, adding add: (any EngineBatch) -> Void) throws(StoreFailure) {
        confinement.enter("the Raft log")
        defer { leave() }
        if let failure { throw failure }
        try store.requireOpen(for: "replace the log")
        let old = compactionPoint.lastIncluded
        precondition(
            point.lastIncluded.index >= old.index,
            "the log is to begin after \(point.lastIncluded), and it begins after \(old)")
        let keepsRest = store.options.has(.keepsLogAfterInstallation)
        let end = keepsRest ? min(point.lastIncluded.index, lastIndex) : lastIndex
        begin(after: point, removing: LogRange(old.index.next, end.next))
        batchReplacesLogAfter = old
        lastIndex = point.lastIncluded.index
        lastTerm = point.lastIncluded.term
        add(batch)
        try commit(nil)
    }

    // MARK: Witness

    /// What the database lacks of what the node has promised, in a sentence; nil if nothing. Precondition: nothing was
    /// appended yet.
    func missingPromise() throws(StoreFailure) -> String? {
        var found = WitnessMark()
        found.last.index = lastIndex
        let hardState = try hardState() ?? HardState()
        found.currentTerm = hardState.currentTerm
        found.votedFor = hardState.votedFor
        found.lostData = hardState.lostData
        found.instance = try identity()?.instance
        return witness.mark.complaint(
            about: found, termAtLast: try term(at: witness.mark.last.index),
            compacted: compactionPoint.lastIncluded.index)
    }

    /// The witness claims all that recovery has found, because the node acknowledges that again. Precondition: the log
    /// thread is idle.
    func witnessRecovered(_ hardState: HardState) throws(StoreFailure) {
        confinement.enter("the Raft log")
        defer { leave() }
        try raiseWitness(hardState, try identity()?.instance, isStart: true)
    }

    private func raiseWitness(_ hardState: HardState?, _ instance: InstanceID?, isStart: Bool = false)
        throws(StoreFailure)
    {
        var mark = witness.mark
        mark.instance = instance ?? mark.instance
        if lastTerm == nil { lastTerm = try term(at: lastIndex) }
        mark.last = LogID(index: lastIndex, term: lastTerm ?? .zero)
        if let hardState {
            mark.currentTerm = hardState.currentTerm
            mark.votedFor = hardState.votedFor
            mark.lostData = hardState.lostData
        }
        do throws(FileError) {
            if isStart { try witness.settle(at: mark) } else { try witness.raise(to: mark) }
        } catch {
            throw StoreFailure("append to the log", error)
        }
    }

    /// Before a batch that takes away what the witness claims: a suffix of the log; a loss that has no consequence any
    /// more; with a new history the instance; in another cluster the term.
    private func lowerWitness(to hardState: HardState?, isNewInstance: Bool) throws(StoreFailure) {
        var mark = witness.mark
        if isNewInstance { mark.instance = nil }
        if let hardState, hardState.currentTerm < mark.currentTerm {
            mark.currentTerm = .zero
            mark.votedFor = nil
        }
        if let hardState, let lost = mark.lostData, !lost.isKnown(to: hardState.lostData) { mark.lostData = nil }
        if let index = batchTruncatesFrom, index <= mark.last.index {
            mark.last = LogID(index: index.previous, term: try term(at: index.previous) ?? .zero)
        }
        // Everything before the new beginning of the log is in the data. The old beginning is true of both logs.
        if let old = batchReplacesLogAfter, mark.last.index >= compactionPoint.lastIncluded.index { mark.last = old }
        if mark == witness.mark { return }
        do throws(FileError) {
            try witness.lower(to: mark, isSynced: !store.options.has(.lowersWithoutSync))
        } catch {
            throw StoreFailure("append to the log", error)
        }
    }

    /// The term of an entry in the database or of the compaction point, without a look at the rest of it; nil if there
    /// is none. That of index 0 is 0.
    private func term(at index: LogIndex) throws(StoreFailure) -> Term? {
        if index == compactionPoint.lastIncluded.index { return compactionPoint.lastIncluded.term }
        var term: Term?
        try withRecord(at: index) { record in
            guard let record, record.count >= Entry.headerBytes else { return }
            term = Term(record.littleEndian64(at: Entry.termOffset))
        }
        return term
    }

    // MARK: Histories

    /// Starts the history of a node that has none: one durable batch. Precondition: the log thread is idle.
    func bootstrap(_ identity: IdentityRecord, _ configurationEntry: Entry, _ hardState: HardState) throws(StoreFailure)
    {
        confinement.enter("the Raft log")
        defer { leave() }
        batch.put(MetaKey.identity, identity.encoded)
        add(hardState)
        add(configurationEntry)
        try commit(hardState, as: identity.instance)
    }

    /// Drops the whole history, the key-value data in the family `data` included, and starts an empty one: one durable
    /// batch. Precondition: log and apply threads are idle.
    func startOver(
        _ identity: IdentityRecord, in data: StoreFamily, keepingHardState: Bool
    ) throws(StoreFailure) {
        confinement.enter("the Raft log")
        defer { leave() }
        delete(LogRange(compactionPoint.lastIncluded.index.next, lastIndex.next))
        batch.delete(MetaKey.compaction)
        compactionPoint = CompactionPoint()
        batchTruncatesFrom = LogIndex(1)
        lastIndex = .zero
        lastTerm = .zero
        if !keepingHardState { batch.delete(MetaKey.hardState) }
        batch.put(MetaKey.identity, identity.encoded)
        KeyValueKey.end.withRawBytes { end in
            batch.deleteRange(from: UnsafeRawBufferPointer(start: nil, count: 0), upTo: end, in: data)
        }
        try commit(keepingHardState ? nil : HardState(), as: identity.instance)
    }
}

extension EngineBatch {
    func put(_ key: MetaKey, _ record: [UInt8]) {
        record.withRawBytes { value in
            var name = key.rawValue
            name.withUTF8 { put(UnsafeRawBufferPointer($0), value, in: .metadata) }
        }
    }

    func delete(_ key: MetaKey) {
        var name = key.rawValue
        name.withUTF8 { delete(UnsafeRawBufferPointer($0), in: .metadata) }
    }
}
