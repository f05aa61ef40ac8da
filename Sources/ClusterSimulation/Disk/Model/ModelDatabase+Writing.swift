package import Storage

extension ModelDatabase {
    package func makeBatch() -> any EngineBatch { ModelBatch(for: self) }

    /// Applies the record of a batch.
    func write(_ record: [UInt8]) throws(EngineError) {
        let operation = "write a batch"
        try requireWritable(operation)
        for family in StoreFamily.allCases
        where families[family.rawValue].memtable.bytes >= settings.memtableBytes { try flush(family) }
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

    /// Makes the changes of a payload in the memtables of the families that want them. False if it makes no sense.
    func replay(_ payload: UnsafeRawBufferPointer, _ isWanted: (StoreFamily) -> Bool) -> Bool {
        ModelBatch.forEach(in: payload) { kind, family, first, second in
            guard isWanted(family) else { return }
            switch kind {
            case .put: families[family.rawValue].memtable.set(first, to: Array(second))
            case .delete: families[family.rawValue].memtable.set(first, to: nil)
            case .deleteRange: families[family.rawValue].memtable.removeRange(from: first, upTo: second)
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

    package func flush(_ family: StoreFamily) throws(EngineError) {
        let operation = "flush a column family"
        try requireWritable(operation)
        guard !families[family.rawValue].memtable.isEmpty else { return }
        // The table must not survive a crash of which the batches that it is from were lost: other families have their
        // part of them in the log.
        try changing(operation) { () throws(FileError) in try syncLogFile(mayBegin: false) }
        if let log = logFile { fullLogFiles.append(log.number) }
        logFile = nil
        let memtable = families[family.rawValue].memtable
        let table = try writeTable(memtable.rows, memtable.ranges, operation)
        var next = families
        next[family.rawValue].tables.insert(table, at: 0)
        next[family.rawValue].memtable = ModelMemtable()
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
        let record = Self.manifest(of: next, nextNumber: nextNumber).record
        try changing(operation) { () throws(FileError) in
            try files.append(record.span.bytes, to: manifest.file, manifestName(manifest.number))
            try files.sync(manifest.file, manifestName(manifest.number))
        }
        families = next
    }

    static func manifest(of families: [ModelFamily], nextNumber: Int) -> ModelManifest {
        var manifest = ModelManifest()
        manifest.nextNumber = nextNumber
        manifest.families = families.map { family in
            var listed = ModelManifest.Family(logNumber: family.logNumber)
            listed.tables = family.tables.indices.map { index in
                ModelManifest.Table(
                    number: family.tables[index].number, checksum: family.tables[index].checksum,
                    isCompacted: family.hasCompacted && index == family.tables.count - 1)
            }
            return listed
        }
        return manifest
    }

    private func removeOldLogFiles(_ operation: String) throws(EngineError) {
        let needed = families.filter { !$0.memtable.isEmpty }.map(\.logNumber).min() ?? .max
        let old = fullLogFiles.filter { $0 < needed }
        fullLogFiles.removeAll { $0 < needed }
        try changing(operation) { () throws(FileError) in
            for number in old { try files.remove(fileName(number, "log")) }
        }
    }

    // MARK: Table files

    package func writeTableFile(_ path: String, _ rows: [TableRow]) throws(EngineError) {
        let operation = "write a table file"
        try requireOpen(operation)
        precondition(!rows.isEmpty, "a table file without rows")
        let content = ModelTable.content(
            rows.map { ModelRow(key: Array($0.key), value: $0.record.map { Array($0) }) }, [])
        do throws(FileError) {
            let kind = try files.kind(of: path)
            precondition(kind == .absent, "a table file would replace \(path)")
            try files.write(content, to: path)
        } catch {
            throw EngineError(operation, error)
        }
    }

    package func ingest(_ path: String, into family: StoreFamily) throws(EngineError) {
        let operation = "ingest a table file"
        try requireWritable(operation)
        let number = nextNumber
        nextNumber += 1
        let name = fileName(number, "sst")
        let content: [UInt8]
        do throws(FileError) {
            content = try files.content(of: path, bytesMax: .max) ?? []
        } catch {
            throw EngineError(operation, error)
        }
        guard let table = ModelTable(number: number, content: content), !table.isDamaged, let first = table.rows.first,
            let last = table.rows.last
        else {
            throw EngineError(operation: operation, kind: .corruption, message: "Corruption: \(path) is no table file")
        }
        try changing(operation) { () throws(FileError) in
            let file = try files.linkFile(path, as: name)
            try files.sync(file, name)
            try files.syncDirectory(self.path)
        }
        if families[family.rawValue].memtable.overlaps(first.key, last.key) { try flush(family) }
        var next = families
        next[family.rawValue].tables.insert(table, at: 0)
        do throws(EngineError) {
            try replaceFamilies(with: next, operation)
        } catch {
            // RocksDB takes the file back, though the list that names it may reach the disk all the same.
            try changing(operation) { () throws(FileError) in try files.remove(name) }
            throw error
        }
        try changing(operation) { () throws(FileError) in try files.remove(path) }
        try compactIfDue(family)
    }

    // MARK: Compaction

    private func compactIfDue(_ family: StoreFamily) throws(EngineError) {
        guard settings.compactsAtOnce, families[family.rawValue].filesAtLevel0 >= settings.filesPerCompaction else {
            return
        }
        try compact(family)
    }

    /// Merges all table files of a family into one.
    package func compact(_ family: StoreFamily) throws(EngineError) {
        let operation = "compact a column family"
        try requireWritable(operation)
        let old = families[family.rawValue].tables
        guard old.count > 1 else { return }
        // A damaged table stays, so that a read of it fails. RocksDB writes nothing more once its background work has
        // failed like that; otherwise the files would grow in number without end.
        if let damaged = old.first(where: \.isDamaged) {
            failure = EngineError(
                operation: operation, kind: .corruption,
                message: "Corruption: block checksum mismatch in \(fileName(damaged.number, "sst"))")
            return
        }
        let table = try writeTable(families[family.rawValue].merged, [], operation)
        var next = families
        next[family.rawValue].tables = [table]
        next[family.rawValue].hasCompacted = true
        try replaceFamilies(with: next, operation)
        try changing(operation) { () throws(FileError) in
            for table in old { try files.remove(fileName(table.number, "sst")) }
        }
    }
}
