internal import HotPath
internal import KeyValue
internal import NIOCore
internal import RaftCore

/// Turns committed entries into versions of records in the active table. Owned by the apply thread.
///
/// Deterministic: the outcome depends on the entries and on the data before them, and on nothing else (rule R7 of
/// `Docs/HotPath.md`). A command without a condition is written blindly. Only a command with a condition, or one that
/// reports whether its key existed, reads.
struct ApplyBatch: ~Copyable {
    private let store: StoreDatabase
    private let tables: MemTableStack
    private let facts: StoreFacts
    private var applied: AppliedRecord
    /// What the entries say of members whose data differ.
    private(set) var verdicts: [Verdict]
    /// How often they changed.
    private(set) var verdictChanges = 0

    init(
        _ store: StoreDatabase, _ tables: MemTableStack, _ facts: StoreFacts, applied: AppliedRecord,
        _ verdicts: [Verdict]
    ) {
        self.store = store
        self.tables = tables
        self.facts = facts
        self.applied = applied
        self.verdicts = verdicts
    }

    /// Applies consecutive entries and appends one result per command. Readers must not see the changes until the
    /// returned index is published. After an error the batch must not be used again.
    mutating func apply(_ entries: [Entry], results: inout [CommandResult]) throws(StoreFailure) -> AppliedRecord {
        if entries.isEmpty { return applied }
        let operationCount = entries.reduce(0) { $0 + $1.operationCount }
        let commandBytes = entries.reduce(0) { $0 + $1.encodedBytes }
        let judging = judgingEntries(of: entries)
        // A batch is never divided between two tables, because each table becomes durable as a whole and by itself.
        try tables.makeRoom(
            bytes: commandBytes + operationCount * MemTable.overheadBytesMax + judging.bytes,
            keys: operationCount + judging.count)
        let table = tables.active
        let keyCount = table.keyCount
        for entry in entries {
            precondition(
                entry.id.index == applied.last.index.next,
                "entry \(entry.id) is applied to a state that ends at \(applied.last)")
            applied.last = entry.id
            guard entry.kind == .commands else {
                try judge(by: entry, in: table)
                continue
            }
            try entry.forEachCommand { (command) throws(StoreFailure) in
                if let operations = command.operations {
                    results.append(apply(operations, hasOneRevision: command.hasOneRevision, to: table))
                } else {
                    results.append(try apply(command, to: table))
                }
            }
        }
        table.applied = applied
        facts.noteKeysInMemory(table.keyCount - keyCount)
        if applied.revision > 0 { facts.noteUserData() }
        return applied
    }

    /// Continues after another state.
    mutating func startOver(behind applied: AppliedRecord, _ verdicts: [Verdict]) {
        self.applied = applied
        self.verdicts = verdicts
    }

    // MARK: Members whose data differ

    /// The entries that may change the record of verdicts, and what that takes of a table.
    private func judgingEntries(of entries: [Entry]) -> (count: Int, bytes: Int) {
        var count = 0
        var bytesAdded = 0
        for entry in entries where entry.kind == .verdict || entry.kind == .configuration {
            count += 1
            if entry.kind == .verdict { bytesAdded += VerdictsRecord.overheadBytesMax + entry.encodedBytes }
        }
        if count == 0 { return (0, 0) }
        let recordBytesMax = VerdictsRecord(verdicts).encoded().count + bytesAdded
        return (count, count * (recordBytesMax + MemTable.overheadBytesMax))
    }

    /// A verdict is remembered, and forgotten when those whom it names have left.
    private mutating func judge(by entry: Entry, in table: MemTable) throws(StoreFailure) {
        let before = verdicts
        do throws(CodecError) {
            switch entry.kind {
            case .verdict: verdicts.add(try Verdict(payload: entry.payload))
            case .configuration:
                if verdicts.isEmpty { return }
                verdicts.prune(for: try ConfigurationCodec.decode(entry.payload))
            case .commands, .noop, .comparison, .unknown: return
            }
        } catch {
            throw StoreFailure(operation: "apply entry \(entry.id)", message: "\(error)")
        }
        if verdicts == before { return }
        verdictChanges += 1
        KeyValueKey.verdicts.withRawBytes { stored in
            let key = StoredKey(.system, UnsafeRawBufferPointer(rebasing: stored[1...]))
            let hash = MemTable.hash(key)
            guard !verdicts.isEmpty else { return table.delete(key, hash: hash, index: applied.last.index) }
            let record = VerdictsRecord(verdicts).encoded()
            table.put(key, hash: hash, index: applied.last.index, recordBytes: record.count) { target in
                target.copyBytes(from: record)
            }
        }
    }

    // MARK: One command

    private mutating func apply(_ command: CommandView, to table: MemTable) throws(StoreFailure) -> CommandResult {
        let hash = MemTable.hash(.user(command.key))
        guard command.isRead else {
            change(command, hash, in: table)
            return CommandResult(status: .applied, existed: false, revision: applied.revision)
        }
        let current = try revision(of: command.key, hash)
        guard command.condition.holds(for: current) else {
            return CommandResult(status: .preconditionFailed, existed: current != 0, revision: current)
        }
        // A delete that finds no record changes nothing.
        if command.kind == .put || current != 0 { change(command, hash, in: table) }
        return CommandResult(status: .applied, existed: current != 0, revision: applied.revision)
    }

    private mutating func change(_ command: CommandView, _ hash: UInt64, in table: MemTable) {
        applied.revision += 1
        switch command.kind {
        case .put:
            put(
                command.value, command.valueType, contentType: command.contentType, at: command.key, hash, in: table)
        case .delete: table.delete(.user(command.key), hash: hash, index: applied.last.index)
        case .group: preconditionFailure("a group has no key of its own")
        }
    }

    /// Applies the operations of a group in their order, so that the last of several on one key wins. They do not read,
    /// like a command without a condition: a delete counts whether or not it finds a record.
    private mutating func apply(
        _ operations: GroupOperations, hasOneRevision: Bool, to table: MemTable
    ) -> CommandResult {
        let noContentType = UnsafeRawBufferPointer(start: nil, count: 0)
        if hasOneRevision { applied.revision += 1 }
        for operation in operations {
            if !hasOneRevision { applied.revision += 1 }
            let hash = MemTable.hash(.user(operation.key))
            switch operation.kind {
            case .put:
                put(
                    operation.value, operation.valueType, contentType: noContentType, at: operation.key, hash,
                    in: table)
            case .delete: table.delete(.user(operation.key), hash: hash, index: applied.last.index)
            case .group: preconditionFailure("a group holds a group")
            }
        }
        return CommandResult(status: .applied, existed: false, revision: applied.revision)
    }

    private func put(
        _ value: UnsafeRawBufferPointer, _ valueType: ValueType, contentType: UnsafeRawBufferPointer,
        at key: UnsafeRawBufferPointer, _ hash: UInt64, in table: MemTable
    ) {
        let valueStart = RecordHeader.bytesMin + contentType.count
        table.put(.user(key), hash: hash, index: applied.last.index, recordBytes: valueStart + value.count) { record in
            RecordHeader.encode(
                valueType: valueType, contentTypeBytes: contentType.count, revision: applied.revision, into: record)
            UnsafeMutableRawBufferPointer(rebasing: record[RecordHeader.bytesMin..<valueStart])
                .copyMemory(from: contentType)
            UnsafeMutableRawBufferPointer(rebasing: record[valueStart...]).copyMemory(from: value)
        }
    }

    /// The revision of the record under a key after the preceding commands, 0 if there is none.
    private func revision(of key: UnsafeRawBufferPointer, _ hash: UInt64) throws(StoreFailure) -> UInt64 {
        let layers = tables.current
        do throws(CodecError) {
            for table in layers.tables {
                switch table.find(.user(key), hash: hash, through: LogIndex(.max)) {
                case .nothing: continue
                case .deleted: return 0
                case .record(let record):
                    return try withExtendedLifetime(table) { () throws(CodecError) in
                        try RecordView.revision(of: record)
                    }
                }
            }
        } catch {
            throw StoreFailure(operation: "read a user's record", message: error.description)
        }
        return try StoredKey.with(key) { (stored) throws(StoreFailure) in
            try store.record(forKey: stored, named: "user's record", in: layers.family) {
                (record) throws(CodecError) in try RecordView.revision(of: record)
            }
        } ?? 0
    }
}

extension CommandView {
    /// Whether applying the command needs the current record of its key.
    fileprivate var isRead: Bool {
        if reportsExistence { return true }
        return switch condition {
        case .none: false
        case .absent, .present, .revision: true
        }
    }
}

extension Condition {
    /// `current` is the revision of the record, 0 if there is none.
    fileprivate func holds(for current: UInt64) -> Bool {
        switch self {
        case .none: true
        case .absent: current == 0
        case .present: current != 0
        case .revision(let revision): current != 0 && current == revision
        }
    }
}

extension Entry {
    /// Calls `body` with each command. An unreadable command in an entry with a correct checksum was encoded wrongly or
    /// by a newer version: no node may guess its meaning.
    fileprivate func forEachCommand(_ body: (CommandView) throws(StoreFailure) -> Void) throws(StoreFailure) {
        try encoded.readableBytesSpan.withUnsafeBytes { bytes throws(StoreFailure) in
            var rest = UnsafeRawBufferPointer(rebasing: bytes[Entry.headerBytes...])
            var count = 0
            while !rest.isEmpty {
                let command: CommandView
                do throws(CodecError) {
                    command = try CommandView(decoding: rest)
                } catch {
                    throw StoreFailure(operation: "apply entry \(id)", message: "command \(count): \(error)")
                }
                try body(command)
                rest = UnsafeRawBufferPointer(rebasing: rest[command.encodedBytes...])
                count += 1
            }
            guard count == commandCount else {
                throw StoreFailure(
                    operation: "apply entry \(id)",
                    message: "its header states \(commandCount) commands, and it holds \(count)")
            }
        }
    }
}
