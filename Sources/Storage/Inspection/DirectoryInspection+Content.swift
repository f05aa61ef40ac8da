internal import RaftCore
internal import RocksDB

extension DirectoryInspection {
    /// Entries of the log in order, at most `limit`.
    package func forEachEntry(
        from first: UInt64, through last: UInt64, limit: Int, _ body: (InspectedEntry) -> Void
    ) {
        guard let engine, limit > 0 else { return }
        _ = noting("the log") {
            let iterator = try engine.makeIterator(over: .log, from: nil, upTo: nil)
            // What comes before the first entry is the list of configurations.
            LogKey.with(LogIndex(max(first, 1))) { iterator.seek(to: $0) }
            var count = 0
            while iterator.isValid, count < limit {
                guard let index = LogKey.index(of: iterator.key) else { break }
                if index.rawValue > last { break }
                body(InspectedEntry(index, iterator.value))
                count += 1
                iterator.next()
            }
            if !iterator.isValid { try iterator.checkStatus() }
            return ()
        }
    }

    /// Users' records in the order of their keys, as of the last table that entered the database, at most `limit`.
    package func forEachRecord(prefix: [UInt8], limit: Int, _ body: (InspectedRecord) -> Void) {
        guard let engine, limit > 0 else { return }
        _ = noting("the records") {
            let iterator = try engine.makeIterator(over: dataFamily, from: nil, upTo: nil)
            let stored = KeyValueKey.userStart + prefix
            stored.withRawBytes { iterator.seek(to: $0) }
            var count = 0
            while iterator.isValid, count < limit, iterator.key.starts(with: stored) {
                body(InspectedRecord(key: Array(iterator.key.dropFirst()), iterator.value))
                count += 1
                iterator.next()
            }
            if !iterator.isValid { try iterator.checkStatus() }
            return ()
        }
    }

    /// All files of the directory, by name.
    package func listedFiles() -> [InspectedFile] {
        let tables = noting("the table files", { try engine?.database.tableFiles() }) ?? []
        var listed: [InspectedFile] = []
        for name in (noting(directory) { try files.names(in: directory) } ?? []).sorted() {
            guard name == DataDirectory.databaseName || name == DataDirectory.snapshotName else {
                listed.append(InspectedFile(name, in: directory, tables))
                continue
            }
            let path = "\(directory)/\(name)"
            for inner in (noting(path) { try files.names(in: path) } ?? []).sorted() {
                listed.append(InspectedFile("\(name)/\(inner)", in: directory, tables))
            }
        }
        return listed
    }
}
