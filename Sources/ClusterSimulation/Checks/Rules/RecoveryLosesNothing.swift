internal import HotPath
internal import RaftCore
internal import Storage

/// "Persistent state on all servers" (paper, figure 2) survives every crash: what a store recovers is what was synced,
/// with or without the write that was under way, as a whole, and nothing that was never written. "A crash leaves the
/// state after some batch, and the record says from which entry on to apply again" (`KeyValueStore`): never an older
/// one than a table in the database had, and exactly what the entries up to there make of it.
enum RecoveryLosesNothing {
    /// Compares what was recovered with what must be there, and notes which of the two possible outcomes it is.
    static func breach(
        by id: NodeID, _ recovered: Raft.Recovered, _ storage: SimulatedStorage
    ) throws -> String? {
        let disk = storage.disk
        let entries = try storage.store.log.entries(
            in: LogRange(recovered.compacted.index.next, recovered.last.index.next), bytesMax: .max)
        if let complaint = try complaint(recovered, entries, disk.record) {
            guard disk.record.writeUnderWay != nil else { return "\(id) starts \(complaint)" }
            var done = disk.record
            done.complete()
            guard try self.complaint(recovered, entries, done) == nil else { return "\(id) starts \(complaint)" }
            disk.record = done
        } else {
            disk.record.undo()
        }
        if recovered.applied < recovered.compacted.index {
            return "\(id) starts at \(recovered.applied), and its log begins after \(recovered.compacted)"
        }
        if recovered.applied < disk.persisted {
            return "\(id) starts at \(recovered.applied), and has had a table through \(disk.persisted)"
        }
        return nil
    }

    /// What differs; nil if nothing does.
    private static func complaint(
        _ recovered: Raft.Recovered, _ entries: [Entry], _ record: DurableRecord
    ) throws -> String? {
        let expected = try record.recovered()
        if recovered.hardState != expected.hardState {
            return "with \(recovered.hardState), and \(expected.hardState) was durable"
        }
        if recovered.compacted != expected.compacted {
            return "with a log that begins after \(recovered.compacted), and it did so after \(expected.compacted)"
        }
        if recovered.configuration != expected.configuration {
            return "with another configuration as of \(recovered.compacted) than was in force there"
        }
        let log = record.log.dropFirst(Int(record.compacted.rawValue))
        let difference = zip(entries, log).first { $0 != $1 }
        if let (found, synced) = difference { return "with \(found.id), and \(synced.id) was durable there" }
        if entries.count != log.count {
            return "with a log that ends at \(recovered.last.index), and it was durable through \(record.lastLogID)"
        }
        if recovered.terms != expected.terms || recovered.last != expected.last
            || recovered.configurations != expected.configurations
        {
            return "with terms or configurations that are not those of its entries"
        }
        let isKnown = recovered.last.index.rawValue - UInt64(recovered.sizes.count) <= recovered.applied.rawValue
        if !isKnown
            || !recovered.sizes.elementsEqual(entries.suffix(recovered.sizes.count).map { UInt32($0.encodedBytes) })
        {
            return "with sizes that are not those of the entries after \(recovered.applied)"
        }
        return nil
    }

    /// All records of the store are those that the entries up to the applied one make.
    static func breach(by id: NodeID, data: KeyValueState, _ storage: SimulatedStorage) throws -> String? {
        let state = storage.store.stateMachine
        if state.appliedIndex != data.applied || state.revision != data.revision {
            return """
                \(id) has revision \(state.revision) at \(state.appliedIndex), and \(data.revision) belongs to \
                \(data.applied)
                """
        }
        for key in data.records.indices {
            let shown = try storage.read(key: key)
            if shown.isDamaged || shown.record != data.records[key] {
                return "\(id) has another record of key \(key) than the entries through \(data.applied) make"
            }
        }
        let keyCount = data.records.count { $0 != nil }
        if let digest = try state.digest(while: { true }), digest.keyCount != keyCount {
            return "\(id) holds \(digest.keyCount) keys, and the entries through \(data.applied) make \(keyCount)"
        }
        return nil
    }
}
