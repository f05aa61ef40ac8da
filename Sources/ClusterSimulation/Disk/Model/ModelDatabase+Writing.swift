package import Storage

extension ModelDatabase {
    package func makeBatch() -> any EngineBatch { ModelBatch(for: self) }

    /// Applies the record of a batch.
    func write(_ record: [UInt8]) throws(EngineError) {
        let operation = "write a batch"
        try requireWritable(operation)
        for family in families where family.memtable.bytes >= settings.memtableBytes { try flush(family.number) }
        try changing(operation) { () throws(FileError) in
            if logFile == nil { logFile = try makeLogFile() }
            guard let log = logFile else { return }
            try files.append(record.span.bytes, to: log.file, fileName(log.number, "log"))
        }
        let isWhole = record.withUnsafeBytes { record in
            replay(UnsafeRawBufferPointer(rebasing: record[ModelRecords.headerBytes...])) { _ in true }
        }
        precondition(isWhole, "a batch cannot be read back")
    }

    private func makeLogFile() throws(FileError) -> LogFile {
        defer { nextNumber += 1 }
        return LogFile(number: nextNumber, file: try files.create(fileName(nextNumber, "log")))
    }

    /// Makes the changes of a payload in the memtables of the families that want them; those of families that are gone
    /// are passed over. False if it makes no sense.
    func replay(_ payload: UnsafeRawBufferPointer, _ isWanted: (ModelFamily) -> Bool) -> Bool {
        ModelBatch.forEach(in: payload) { kind, number, first, second in
            guard let place = place(of: number), isWanted(families[place]) else { return }
            switch kind {
            case .put: families[place].memtable.set(first, to: Array(second))
            case .delete: families[place].memtable.set(first, to: nil)
            case .deleteRange: families[place].memtable.removeRange(from: first, upTo: second)
            }
        }
    }

    package func syncLog() throws(EngineError) {
        let operation = "flush the write-ahead log"
        try requireWritable(operation)
        try changing(operation) { () throws(FileError) in try syncLogFile(mayBegin: true) }
    }

    private func syncLogFile(mayBegin: Bool) throws(FileError) {
        guard let log = logFile else { return }
        try files.sync(log.file, mayBegin: mayBegin, fileName(log.number, "log"))
        guard !log.isNameSynced else { return }
        try files.syncDirectory(path)
        logFile?.isNameSynced = true
    }

    // MARK: Flush

    /// Makes a table file of the memtable of the family of this number.
    func flush(_ family: Int) throws(EngineError) {
        let operation = "flush a column family"
        try requireWritable(operation)
        let place = try require(family, operation)
        guard !families[place].memtable.isEmpty else { return }
        // The table must not survive a crash of which the batches that it is from were lost: other families have their
        // part of them in the log.
        try changing(operation) { () throws(FileError) in try syncLogFile(mayBegin: false) }
        if let log = logFile { fullLogFiles.append(log.number) }
        logFile = nil
        let memtable = families[place].memtable
        let table = try writeTable(memtable.rows, memtable.ranges, operation)
        var next = families
        next[place].tables.insert(table, at: 0)
        next[place].memtable = ModelMemtable()
        for index in next.indices where next[index].memtable.isEmpty { next[index].logNumber = nextNumber }
        try replaceFamilies(with: next, operation)
        try removeOldLogFiles(operation)
        try compactIfDue(family)
    }

    /// Writes a table file of the database; it belongs to it only once the list of files says so.
    func writeTable(
        _ rows: [ModelRow], _ ranges: [ModelRange], _ operation: String
    ) throws(EngineError) -> ModelTable {
        let number = nextNumber
        nextNumber += 1
        let content = ModelTable.content(rows, ranges)
        try changing(operation) { () throws(FileError) in
            try files.write(content, to: fileName(number, "sst"))
            try files.syncDirectory(path)
        }
        guard let table = ModelTable(number: number, content: content) else {
            preconditionFailure("a table file cannot be read back")
        }
        return table
    }

    /// Appends a new list of files and syncs it, then replaces what is in memory.
    func replaceFamilies(with next: [ModelFamily], _ operation: String) throws(EngineError) {
        let record = manifest(of: next).record
        try changing(operation) { () throws(FileError) in
            try files.append(record.span.bytes, to: manifest.file, manifestName(manifest.number))
            try files.sync(manifest.file, manifestName(manifest.number))
        }
        families = next
    }

    func manifest(of families: [ModelFamily]) -> ModelManifest {
        var manifest = ModelManifest(nextNumber: nextNumber, nextFamily: nextFamily)
        manifest.families = families.map { family in
            var listed = ModelManifest.Family(
                number: family.number, name: family.name, logNumber: family.logNumber)
            listed.tables = family.tables.indices.map { index in
                ModelManifest.Table(
                    number: family.tables[index].number, checksum: family.tables[index].checksum,
                    isLowest: index >= family.filesAtLevel0)
            }
            return listed
        }
        return manifest
    }

    func removeOldLogFiles(_ operation: String) throws(EngineError) {
        let needed = families.filter { !$0.memtable.isEmpty }.map(\.logNumber).min() ?? .max
        let old = fullLogFiles.filter { $0 < needed }
        fullLogFiles.removeAll { $0 < needed }
        try changing(operation) { () throws(FileError) in
            for number in old { try files.remove(fileName(number, "log")) }
        }
    }
}
