internal import HotPath
internal import RaftCore

extension DirectoryInspection {
    /// Reads everything, also what a start does not read: each entry with its checksum and its place, and each record.
    package func check() -> InspectedCheck {
        let meta = meta()
        var check = InspectedCheck(meta)
        checkLog(meta, &check)
        forEachRecord(prefix: [], limit: .max) { record in
            check.records += 1
            if let problem = record.problem { note("The record of \(record.key ?? "a key"): \(problem).") }
        }
        check.problems = problems
        return check
    }

    private func checkLog(_ meta: InspectedMeta, _ check: inout InspectedCheck) {
        let listed = Set(noting("the list of configurations") { try listedConfigurations() } ?? [])
        let compacted = meta.compacted?.index ?? 0
        var last: (index: UInt64, term: UInt64) = (compacted, meta.compacted?.term ?? 0)
        forEachEntry(from: 0, through: .max, limit: .max) { entry in
            if let problem = entry.problem { note("Entry \(entry.index): \(problem).") }
            if entry.index <= compacted {
                note("Entry \(entry.index) is there, and the log begins after entry \(compacted).")
                return
            }
            if entry.index != last.index + 1 {
                note("Entry \(last.index + 1) is missing, and entry \(entry.index) is there.")
            }
            if entry.term < last.term {
                note("Entry \(entry.index): its term \(entry.term) is lower than \(last.term).")
            }
            if check.entries == 0 || entry.term != last.term { check.terms += 1 }
            let isConfiguration = entry.kind == "\(EntryKind.configuration)"
            if isConfiguration != listed.contains(entry.index), entry.problem == nil {
                let verb = isConfiguration ? "is not" : "is"
                note("Entry \(entry.index): it \(verb) listed as a configuration.")
            }
            if let applied = meta.applied, applied.index == entry.index, applied.term != entry.term {
                let terms = "term \(entry.term), and the data has applied it with term \(applied.term)"
                note("Entry \(entry.index) has \(terms).")
            }
            check.entries += 1
            if isConfiguration { check.configurations += 1 }
            last = (entry.index, entry.term)
        }
        if let applied = meta.applied, let compacted = meta.compacted, applied.index == compacted.index,
            applied.term != compacted.term
        {
            note("The log begins after \(compacted.text), and the data has applied it with term \(applied.term).")
        }
        if let index = listed.min(), index <= compacted {
            note("The log begins after entry \(compacted), and entry \(index) is listed as a configuration.")
        }
        if let applied = meta.applied, applied.index > last.index {
            note("The log ends at entry \(last.index), and the data has applied entry \(applied.index).")
        }
        if let index = listed.max(), index > last.index {
            note("The log ends at entry \(last.index), and entry \(index) is listed as a configuration.")
        }
        if (meta.term ?? 0) < last.term {
            note("The node is in term \(meta.term ?? 0), and its log ends in term \(last.term).")
        }
    }

    private func listedConfigurations() throws -> [UInt64]? {
        guard let iterator = try engine?.makeIterator(over: .log, from: nil, upTo: nil) else { return nil }
        var listed: [UInt64] = []
        ConfigurationKey.start.withRawBytes { iterator.seek(to: $0) }
        while iterator.isValid, iterator.key.starts(with: ConfigurationKey.start) {
            guard let index = ConfigurationKey.index(of: iterator.key) else {
                note("raft_log: a key of \(iterator.key.count) bytes is in the list of configurations.")
                break
            }
            listed.append(index.rawValue)
            iterator.next()
        }
        if !iterator.isValid { try iterator.checkStatus() }
        return listed
    }
}
