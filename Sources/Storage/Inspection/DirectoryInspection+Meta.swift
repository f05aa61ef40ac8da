internal import HotPath
internal import KeyValue
internal import RaftCore

extension DirectoryInspection {
    /// What the node is, and what it has promised.
    package func meta() -> InspectedMeta {
        var meta = InspectedMeta(directory: directory)
        meta.usedBy = user
        let marker = noting("skiff.node") {
            try files.content(of: "\(directory)/\(DataDirectory.markerName)", bytesMax: 4_096)
        }
        if let marker {
            meta.marker = String(decoding: marker, as: UTF8.self).split(separator: "\n").map(String.init)
        } else {
            note("There is no skiff.node: the directory is no complete one of a node.")
        }
        let witness = noting("the witness") { try self.witness.get() }
        meta.witness = witness.map { InspectedMark($0) }
        let (found, compacted) = readRecords(into: &meta)
        if let witness, engine != nil,
            let complaint = witness.complaint(
                about: found, termAtLast: term(at: witness.last.index, compacted), compacted: compacted.index)
        {
            note(complaint)
        }
        meta.problems = problems
        return meta
    }

    /// Returns what the witness is compared with, and the last entry that has left the log.
    private func readRecords(into meta: inout InspectedMeta) -> (found: WitnessMark, compacted: LogID) {
        var found = WitnessMark()
        if let identity: IdentityRecord = record(
            MetaKey.identity.rawValue, { (bytes) throws(CodecError) in try IdentityRecord(decoding: bytes) })
        {
            meta.nodeID = identity.nodeID.name
            meta.clusterID = "\(identity.clusterID)"
            meta.instance = "\(identity.instance)"
            found.instance = identity.instance
        }
        if let hardState: HardState = record(
            MetaKey.hardState.rawValue, { (bytes) throws(CodecError) in try HardStateRecord.decode(bytes) })
        {
            meta.term = hardState.currentTerm.rawValue
            meta.votedFor = hardState.votedFor?.name
            meta.lostAcknowledged = hardState.lostData.map { InspectedMeta.Position($0.acknowledged) }
            meta.lossFoundInTerm = hardState.lostData?.term.rawValue
            found.currentTerm = hardState.currentTerm
            found.votedFor = hardState.votedFor
            found.lostData = hardState.lostData
        }
        if let applied: AppliedRecord = record(
            KeyValueKey.applied, in: dataFamily, "applied",
            { (bytes) throws(CodecError) in try AppliedRecord(decoding: bytes) })
        {
            meta.applied = InspectedMeta.Position(applied.last)
            meta.revision = applied.revision
        }
        if dataFamily != .data(0) { meta.dataFamily = dataFamily.name }
        let compaction: CompactionPoint? = record(
            MetaKey.compaction.rawValue, { (bytes) throws(CodecError) in try CompactionRecord.decode(bytes) })
        meta.compacted = compaction.map { InspectedMeta.Position($0.lastIncluded) }
        meta.baseMembers = compaction.map { $0.configuration.members.map { InspectedEntry.text(of: $0) } }
        let compacted = compaction?.lastIncluded ?? .zero
        meta.lastEntry = noting("the end of the log") { try lastEntry(after: compacted.index) }
        found.last.index = meta.lastEntry.map { LogIndex($0.index) } ?? compacted.index
        if compacted.index.rawValue > meta.applied?.index ?? 0 {
            note(
                """
                The log begins after entry \(compacted.index), and the data has applied entry \
                \(meta.applied?.index ?? 0).
                """)
        }
        return (found, compacted)
    }

    /// The family with the key-value data in force.
    var dataFamily: StoreFamily {
        let number: Int? = record(
            MetaKey.dataFamily.rawValue, { (bytes) throws(CodecError) in try DataFamilyRecord.decode(bytes) })
        return .data(number ?? 0)
    }

    private func term(at index: LogIndex, _ compacted: LogID) -> Term? {
        if index == compacted.index { return compacted.term }
        var term: Term?
        forEachEntry(from: index.rawValue, through: index.rawValue, limit: 1) { term = Term($0.term) }
        return term
    }

    private func lastEntry(after compacted: LogIndex) throws -> InspectedMeta.Position? {
        let iterator = try LogKey.with(compacted.next) { try engine?.makeIterator(over: .log, from: $0, upTo: nil) }
        guard let iterator else { return nil }
        iterator.seekToLast()
        guard iterator.isValid, let index = LogKey.index(of: iterator.key) else {
            try iterator.checkStatus()
            return nil
        }
        return InspectedMeta.Position(InspectedEntry(index, iterator.value))
    }

    private func record<Record>(
        _ name: String, _ decode: (UnsafeRawBufferPointer) throws(CodecError) -> Record
    ) -> Record? {
        record(Array(name.utf8), in: .metadata, name, decode)
    }

    private func record<Record>(
        _ key: [UInt8], in family: StoreFamily, _ name: String,
        _ decode: (UnsafeRawBufferPointer) throws(CodecError) -> Record
    ) -> Record? {
        guard let engine else { return nil }
        return noting("the record \(name)") {
            var outcome = Result<Record?, CodecError>.success(nil)
            try key.withRawBytes { key throws(EngineError) in
                try engine.withValue(forKey: key, in: family, onlyInMemory: false) { bytes in
                    outcome = Result { () throws(CodecError) in
                        guard let bytes else { return nil }
                        return try decode(bytes)
                    }
                }
            }
            return try outcome.get()
        }
    }
}
