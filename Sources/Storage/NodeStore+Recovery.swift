internal import HotPath
internal import KeyValue
internal import NIOCore
package import RaftCore

extension NodeStore {
    /// Reads back everything that the node must not have forgotten, and checks it: the checksum of every entry, that
    /// indexes count from 1 without a gap, that terms never fall, that the current term is not below that of the log,
    /// and that the log reaches at least as far as the key-value data. Call once, before anything is appended or
    /// applied.
    ///
    /// A crash can lose the last batch of the log, as a whole (`RaftLogStore`): the log is then shorter, never torn. So
    /// an entry that is missing before another one, or at or below the applied index, was durable once. A node that has
    /// lost entries that it acknowledged must not vote, so it does not start.
    ///
    /// A log with an entry above `featureLevel`, the highest that this node knows, is refused: such an entry may be
    /// committed, and could not be applied. Nothing is lost; the later release starts from here.
    /// `progress` is called with the index of each entry that was read back.
    package func recover(
        knowing featureLevel: UInt8 = FeatureLevel.release, _ progress: (LogIndex) -> Void = { _ in }
    ) throws(StorageError) -> Raft.Recovered {
        var scan = LogScan(featureLevel: featureLevel)
        let applied: AppliedRecord
        do throws(StoreFailure) {
            applied = try stateMachine.appliedRecord()
            scan.appliedIndex = applied.last.index
            scan.recovered.hardState = try log.hardState() ?? HardState()
            try log.forEachRecord(in: LogRange(.zero, LogKey.end)) { (index, record) throws(StoreFailure) in
                try scan.add(record, at: index)
                progress(index)
                return scan.gap == nil && scan.unknown == nil
            }
        } catch {
            throw StorageError(directory: directory.path, unreadable: error)
        }
        if let unknown = scan.unknown {
            throw StorageError(directory: directory.path, unknown, knowing: featureLevel)
        }
        scan.recovered.applied = applied.last.index
        if scan.holdsUnappliedCommands { facts.noteUserData() }
        if let complaint = scan.complaint(applied: applied, isFresh: clusterID == nil) {
            throw StorageError(directory: directory.path, lost: complaint)
        }
        do throws(StoreFailure) {
            try log.witnessRecovered(scan.recovered.hardState)
        } catch {
            throw StorageError(directory: directory.path, unwritable: error)
        }
        return scan.recovered
    }
}

/// One pass over the log at the start of a node.
private struct LogScan {
    let featureLevel: UInt8
    var recovered = Raft.Recovered()
    var appliedIndex = LogIndex.zero
    /// The first entry whose predecessor is missing.
    private(set) var gap: LogIndex?
    /// The first entry above `featureLevel`.
    private(set) var unknown: UnknownEntry?
    private(set) var holdsUnappliedCommands = false
    private var termOfApplied = Term.zero
    private var buffer = ByteBuffer()

    init(featureLevel: UInt8) { self.featureLevel = featureLevel }

    private var last: LogID { recovered.last }

    mutating func add(_ record: UnsafeRawBufferPointer, at index: LogIndex) throws(StoreFailure) {
        guard index == last.index.next else {
            gap = index
            return
        }
        buffer.clear()
        buffer.writeBytes(record)
        let entry = try RaftLogStore.entry(decoding: &buffer, at: index)
        guard buffer.readableBytes == 0 else { throw Self.failure(at: index, "its record has bytes behind its end") }
        guard entry.id.term >= last.term else {
            throw Self.failure(at: index, "its term \(entry.id.term) is lower than \(last.term), that before it")
        }
        guard entry.featureLevel <= featureLevel else {
            unknown = UnknownEntry(index: index, featureLevel: entry.featureLevel)
            return
        }
        recovered.append(entry.id, size: UInt32(entry.encodedBytes))
        if entry.kind == .configuration {
            do throws(CodecError) {
                let configuration = try ConfigurationCodec.decode(entry.payload)
                recovered.configurations.append(ConfigurationEntry(index: index, configuration: configuration))
            } catch {
                throw Self.failure(at: index, error.description)
            }
        }
        if entry.kind == .commands, index > appliedIndex { holdsUnappliedCommands = true }
        if index == appliedIndex { termOfApplied = entry.id.term }
    }

    /// A sentence that says what is wrong with the log as a whole, or nil.
    func complaint(applied: AppliedRecord, isFresh: Bool) -> String? {
        if let gap { return "Entry \(last.index.next) of the log is missing, and entry \(gap) is there." }
        if last.index < applied.last.index {
            return """
                The log ends at entry \(last.index), and the key-value data has applied entry \(applied.last.index): \
                the end of the log is lost.
                """
        }
        if applied.last.index > .zero && termOfApplied != applied.last.term {
            return """
                Entry \(applied.last.index) of the log has term \(termOfApplied), and the key-value data has applied \
                it with term \(applied.last.term): they are of different histories.
                """
        }
        if recovered.hardState.currentTerm < last.term {
            return "The node is in term \(recovered.hardState.currentTerm), and its log ends in term \(last.term)."
        }
        if isFresh && last.index > .zero { return "There is a log, and no cluster that it belongs to." }
        return nil
    }

    private static func failure(at index: LogIndex, _ message: String) -> StoreFailure {
        StoreFailure(operation: "read entry \(index)", message: message)
    }
}
