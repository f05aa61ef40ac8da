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
        let found = readRecords(into: &meta)
        if let witness, engine != nil,
            let complaint = witness.complaint(about: found, termAtLast: term(at: witness.last.index))
        {
            note(complaint)
        }
        meta.problems = problems
        return meta
    }

    /// Returns what the witness is compared with.
    private func readRecords(into meta: inout InspectedMeta) -> WitnessMark {
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
        meta.lastEntry = noting("the end of the log") { try lastEntry() }
        found.last.index = LogIndex(meta.lastEntry?.index ?? 0)
        return found
    }

    /// The family with the key-value data in force.
    var dataFamily: StoreFamily {
        let number: Int? = record(
            MetaKey.dataFamily.rawValue, { (bytes) throws(CodecError) in try DataFamilyRecord.decode(bytes) })
        return .data(number ?? 0)
    }

    private func term(at index: LogIndex) -> Term? {
        if index == .zero { return .zero }
        var term: Term?
        forEachEntry(from: index.rawValue, through: index.rawValue, limit: 1) { term = Term($0.term) }
        return term
    }

    private func lastEntry() throws -> InspectedMeta.Position? {
        guard let iterator = try engine?.makeIterator(over: .log, from: nil, upTo: nil) else { return nil }
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
