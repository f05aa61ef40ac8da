package import Storage

extension ModelDatabase {
    // MARK: Files

    package func writeTableFile(_ path: String, _ rows: [TableRow]) throws(EngineError) {
        precondition(!rows.isEmpty, "a table file without rows")
        try writeTableFile(path, rows.map { ModelRow(key: Array($0.key), value: $0.record.map { Array($0) }) })
    }

    package func hurryTableFiles(_ isHurrying: Bool) {}

    package func startTableFile(_ path: String) throws(EngineError) -> any EngineTableFile {
        try requireOpen("start a table file")
        return ModelTableFile(path, of: self)
    }

    func writeTableFile(_ path: String, _ rows: [ModelRow]) throws(EngineError) {
        let operation = "write a table file"
        try requireOpen(operation)
        do throws(FileError) {
            let kind = try files.kind(of: path)
            precondition(kind == .absent, "a table file would replace \(path)")
            try files.write(ModelTable.content(rows, []), to: path)
        } catch {
            throw EngineError(operation, error)
        }
    }

    /// Makes files part of the family of this number.
    func ingest(_ paths: [String], into family: Int) throws(EngineError) {
        let operation = "ingest a table file"
        try requireWritable(operation)
        let place = try require(family, operation)
        var tables: [ModelTable] = []
        for path in paths {
            tables.append(try readTable(at: path, operation))
        }
        let names = tables.map { fileName($0.number, "sst") }
        try changing(operation) { () throws(FileError) in
            for (path, name) in zip(paths, names) {
                let file = try files.linkFile(path, as: name)
                try files.sync(file, name)
            }
            try files.syncDirectory(self.path)
        }
        if tables.contains(where: { table in overlapsMemtable(table, at: place) }) { try flush(family) }
        var next = families
        // RocksDB puts what nothing overlaps at the lowest level.
        if next[place].tables.isEmpty { next[place].lowestCount = tables.count }
        next[place].tables.insert(contentsOf: tables, at: 0)
        do throws(EngineError) {
            try replaceFamilies(with: next, operation)
        } catch {
            // RocksDB takes the files back, though the list that names them may reach the disk all the same.
            try changing(operation) { () throws(FileError) in
                for name in names { try files.remove(name) }
            }
            throw error
        }
        try changing(operation) { () throws(FileError) in
            for path in paths { try files.remove(path) }
        }
        try compactIfDue(family)
    }

    /// Removes those at the lowest level that have no key after `key`. One that is damaged may have any.
    func removeFiles(of family: Int, through key: [UInt8]) throws(EngineError) {
        let operation = "remove files"
        try requireWritable(operation)
        let place = try require(family, operation)
        var next = families
        let gone = next[place].tables.suffix(next[place].lowestCount).filter { table in
            !table.isDamaged
                && key.withUnsafeBytes { key in
                    table.rows.last.map { row in row.key.withUnsafeBytes { !key.isBefore($0) } } ?? true
                        && table.ranges.allSatisfy { range in range.upper.withUnsafeBytes { !key.isBefore($0) } }
                }
        }
        if gone.isEmpty { return }
        next[place].tables.removeAll { table in gone.contains { $0 === table } }
        next[place].lowestCount -= gone.count
        try replaceFamilies(with: next, operation)
        try changing(operation) { () throws(FileError) in
            for table in gone { try files.remove(fileName(table.number, "sst")) }
        }
    }

    private func readTable(at path: String, _ operation: String) throws(EngineError) -> ModelTable {
        let number = nextNumber
        nextNumber += 1
        let content: [UInt8]
        do throws(FileError) {
            content = try files.content(of: path, bytesMax: .max) ?? []
        } catch {
            throw EngineError(operation, error)
        }
        guard let table = ModelTable(number: number, content: content), !table.isDamaged, !table.rows.isEmpty else {
            throw EngineError(operation: operation, kind: .corruption, message: "Corruption: \(path) is no table file")
        }
        return table
    }

    private func overlapsMemtable(_ table: ModelTable, at place: Int) -> Bool {
        guard let first = table.rows.first, let last = table.rows.last else { return false }
        return families[place].memtable.overlaps(first.key, last.key)
    }

    // MARK: Compaction

    func compactIfDue(_ family: Int) throws(EngineError) {
        guard settings.compactsAtOnce, let place = place(of: family),
            families[place].filesAtLevel0 >= settings.filesPerCompaction
        else { return }
        try compact(family)
    }

    /// Merges all table files of a family into one.
    package func compact(_ name: StoreFamily) throws(EngineError) {
        guard let family = families.first(where: { $0.name == name }) else { return }
        try compact(family.number)
    }

    private func compact(_ family: Int) throws(EngineError) {
        let operation = "compact a column family"
        try requireWritable(operation)
        let place = try require(family, operation)
        let old = families[place].tables
        guard old.count > 1 else { return }
        // A damaged table stays, so that a read of it fails. RocksDB writes nothing more once its background work has
        // failed like that; otherwise the files would grow in number without end.
        if let damaged = old.first(where: \.isDamaged) {
            failure = EngineError(
                operation: operation, kind: .corruption,
                message: "Corruption: block checksum mismatch in \(fileName(damaged.number, "sst"))")
            return
        }
        let table = try writeTable(families[place].merged, [], operation)
        var next = families
        next[place].tables = [table]
        next[place].lowestCount = 1
        try replaceFamilies(with: next, operation)
        try changing(operation) { () throws(FileError) in
            for table in old { try files.remove(fileName(table.number, "sst")) }
        }
    }
}
