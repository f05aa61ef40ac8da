internal import Storage

extension ModelDatabase {
    private static let operation = "open a database"

    /// Opens the database in the directory `path` with the options of a node; `creating` permits to create it.
    static func open(
        _ path: String, on files: SimulatedFileSystem, _ settings: ModelSettings, creating: Bool
    ) throws(EngineError) -> ModelDatabase {
        let database = ModelDatabase(at: path, on: files, settings)
        if let current = try database.content(of: "\(path)/CURRENT") {
            let name = String(decoding: current, as: UTF8.self)
            try database.load(manifest: name)
            try database.passNumbersInUse()
            let logs = try database.replayLogFiles()
            try database.writeRecovered()
            try database.removeUnlisted(logs, manifest: name)
        } else {
            guard creating else {
                throw EngineError(
                    operation: operation, kind: .other,
                    message: "Invalid argument: \(path)/CURRENT: does not exist (create_if_missing is false)")
            }
            try database.changing(operation) { () throws(FileError) in
                try files.makeDirectory(path, ownerOnly: true)
            }
            try database.switchManifest()
        }
        database.makeReaders()
        return database
    }

    private func content(of path: String) throws(EngineError) -> [UInt8]? {
        do throws(FileError) {
            return try files.content(of: path, bytesMax: .max)
        } catch {
            throw EngineError(Self.operation, error)
        }
    }

    private func names() throws(EngineError) -> [String] {
        do throws(FileError) {
            return try files.names(in: path)
        } catch {
            throw EngineError(Self.operation, error)
        }
    }

    private func corruption(_ message: String) -> EngineError {
        EngineError(operation: Self.operation, kind: .corruption, message: "Corruption: \(message)")
    }

    // MARK: Tables

    private func load(manifest name: String) throws(EngineError) {
        guard let content = try content(of: "\(path)/\(name)") else {
            throw corruption("IO error: No such file or directory: \(path)/\(name)")
        }
        var last: ModelManifest?
        let end = ModelRecords.forEach(in: content) { payload in
            guard let next = ModelManifest(decoding: payload) else { return false }
            last = next
            return true
        }
        guard end == .clean, let manifest = last else { throw corruption("checksum mismatch in \(name)") }
        nextNumber = manifest.nextNumber
        nextFamily = manifest.nextFamily
        families = []
        for listed in manifest.families {
            var family = ModelFamily(listed.number, listed.name)
            family.logNumber = listed.logNumber
            family.lowestCount = listed.tables.count(where: \.isLowest)
            for table in listed.tables { family.tables.append(try load(table)) }
            families.append(family)
        }
    }

    private func load(_ listed: ModelManifest.Table) throws(EngineError) -> ModelTable {
        let name = fileName(listed.number, "sst")
        guard let content = try content(of: name) else {
            throw corruption("Can't access \(name): IO error: No such file or directory: \(name)")
        }
        guard let table = ModelTable(number: listed.number, content: content), table.checksum == listed.checksum else {
            throw corruption("\(name) is not the file that is meant")
        }
        return table
    }

    /// Files that were written and never listed keep their numbers to themselves.
    private func passNumbersInUse() throws(EngineError) {
        for name in try names() {
            let digits = name.hasPrefix("MANIFEST-") ? name.dropFirst(9) : name.prefix { $0 != "." }
            if let number = Int(digits) { nextNumber = max(nextNumber, number + 1) }
        }
    }

    // MARK: Write-ahead log

    /// Reads the write-ahead log back. Returns the numbers of its files.
    private func replayLogFiles() throws(EngineError) -> [Int] {
        let numbers = try names().compactMap { name -> Int? in
            name.hasSuffix(".log") ? Int(name.dropLast(4)) : nil
        }.sorted()
        for number in numbers {
            guard let content = try content(of: fileName(number, "log")) else { continue }
            // Also after a torn record the next file is read: RocksDB tolerates a torn end of each.
            let end = ModelRecords.forEach(in: content) { payload in
                replay(payload) { family in number >= family.logNumber }
            }
            guard end == .clean else { throw corruption("checksum mismatch in \(fileName(number, "log"))") }
        }
        return numbers
    }

    /// Makes table files of what the write-ahead log had, so that its files can go.
    private func writeRecovered() throws(EngineError) {
        for index in families.indices where !families[index].memtable.isEmpty {
            let memtable = families[index].memtable
            let table = try writeTable(memtable.rows, memtable.ranges, Self.operation)
            families[index].tables.insert(table, at: 0)
            families[index].memtable = ModelMemtable()
        }
        for index in families.indices { families[index].logNumber = nextNumber }
        try switchManifest()
    }

    /// Starts a new list of files. A crash leaves the old one or this one.
    private func switchManifest() throws(EngineError) {
        let number = nextNumber
        nextNumber += 1
        let name = manifestName(number)
        let record = manifest(of: families).record
        try changing(Self.operation) { () throws(FileError) in
            let file = try files.create(name)
            try files.append(record.span.bytes, to: file, name)
            try files.sync(file, name)
            manifest = (number, file)
            let current = String(name.dropFirst(path.utf8.count + 1))
            try files.write(Array(current.utf8), to: "\(path)/CURRENT.tmp")
            try files.rename("\(path)/CURRENT.tmp", to: "\(path)/CURRENT")
            try files.syncDirectory(path)
        }
    }

    /// Removes files that nothing names any more.
    private func removeUnlisted(_ logs: [Int], manifest name: String) throws(EngineError) {
        let listed = Set(families.flatMap { $0.tables.map(\.number) })
        let names = try names()
        try changing(Self.operation) { () throws(FileError) in
            for number in logs { try files.remove(fileName(number, "log")) }
            for name in names where name.hasSuffix(".sst") {
                guard let number = Int(name.dropLast(4)), !listed.contains(number) else { continue }
                try files.remove("\(path)/\(name)")
            }
            try files.remove("\(path)/\(name)")
        }
    }
}
