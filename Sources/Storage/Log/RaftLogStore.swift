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

    private let confinement = Confinement()
    /// Reused by every append.
    private let batch: any EngineBatch
    private var lastIndex: LogIndex
    /// Nil after a truncation that nothing followed: then only the database knows it.
    private var lastTerm: Term?
    /// The lowest index that the batch deletes.
    private var batchTruncatesFrom: LogIndex?
    private var witness: Witness
    /// After a failed write or sync the content of the disk is unknown, and a sync that succeeds later proves nothing:
    /// every later append fails too (rule R3 of `Docs/HotPath.md`).
    private var failure: StoreFailure?

    init(_ store: StoreDatabase, _ facts: StoreFacts, _ witness: consuming Witness) throws(StoreFailure) {
        self.store = store
        self.facts = facts
        self.witness = witness
        batch = store.engine.makeBatch()
        lastIndex = try Self.lastIndex(in: store)
    }

    /// How often the write-ahead log was synced: once per `append` that had anything to write. Any thread.
    package var walSyncCount: UInt64 { syncs.load(ordering: .relaxed) }

    // MARK: Appending

    package func append(_ jobs: [LogJob]) throws(StoreFailure) {
        confinement.enter("the Raft log")
        defer { leave() }
        if let failure { throw failure }
        try store.requireOpen(for: "append to the log")
        var hardState: HardState?
        for job in jobs {
            if let truncateFrom = job.truncateFrom { removeSuffix(from: truncateFrom) }
            for entry in job.entries { add(entry) }
            hardState = job.hardState ?? hardState
        }
        if let hardState { add(hardState) }
        if batch.count > 0 { try commit(hardState) }
    }

    private func leave() {
        batch.clear()
        batchTruncatesFrom = nil
        confinement.leave()
    }

    /// §5.3: "If an existing entry conflicts with a new one (same index but different terms), delete the existing entry
    /// and all that follow it." One range up to the end of all indexes, so that no later entry can survive.
    private func removeSuffix(from index: LogIndex) {
        precondition(index > .zero, "the log is truncated from index 0, where no entry is")
        let end = store.options.has(.deletesOneOfSuffix) ? index.next : LogKey.end
        LogKey.with(index) { lower in
            LogKey.with(end) { upper in batch.deleteRange(from: lower, upTo: upper, in: .log) }
        }
        ConfigurationKey.bytes(index).withRawBytes { lower in
            ConfigurationKey.bytes(end).withRawBytes { upper in
                batch.deleteRange(from: lower, upTo: upper, in: .log)
            }
        }
        batchTruncatesFrom = min(batchTruncatesFrom ?? index, index)
        if lastIndex >= index {
            lastIndex = index.previous
            lastTerm = nil
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
        do throws(EngineError) {
            try batch.write()
            try store.engine.syncLog()
        } catch {
            throw StoreFailure("append to the log", error)
        }
    }

    /// The index of the last entry appended, 0 if there is none. Precondition: the log thread is idle.
    var lastAppendedIndex: LogIndex {
        confinement.enter("the Raft log")
        defer { confinement.leave() }
        return lastIndex
    }

    /// The index of the last entry, 0 if there is none.
    private static func lastIndex(in store: StoreDatabase) throws(StoreFailure) -> LogIndex {
        let operation = "find the end of the log"
        let iterator = try store.makeIterator(over: .log, for: operation)
        iterator.seekToLast()
        guard iterator.isValid else {
            try iterator.checkStatus(for: operation)
            return .zero
        }
        // Recovery refuses a log that has a key of another form.
        return withExtendedLifetime(iterator) { LogKey.index(of: iterator.key) ?? .zero }
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
        return witness.mark.complaint(about: found, termAtLast: try term(at: witness.mark.last.index))
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
        if mark == witness.mark { return }
        do throws(FileError) {
            try witness.lower(to: mark, isSynced: !store.options.has(.lowersWithoutSync))
        } catch {
            throw StoreFailure("append to the log", error)
        }
    }

    /// The term of an entry in the database, without a look at the rest of it; nil if there is none. That of index 0
    /// is 0.
    private func term(at index: LogIndex) throws(StoreFailure) -> Term? {
        if index == .zero { return .zero }
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
        removeSuffix(from: LogIndex(1))
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
