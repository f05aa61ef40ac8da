internal import HotPath
internal import KeyValue
internal import NIOCore
internal import RaftCore
internal import RocksDB

/// Turns committed entries into one write batch after the other. Owned by the apply thread.
///
/// Deterministic: the outcome depends on the entries and the data before them, on nothing else (hot-path rule R7). A
/// command without a condition is written blindly; only one with a condition, or one that reports whether its key
/// existed, reads, first what this batch has done to the key and then the database.
struct ApplyBatch: ~Copyable {
    /// Parts of `scratch`: a key with its prefix, and a record or the start of one.
    private static let keyBytesMax = 1 + KeyValueLimits.keyBytesMax
    /// A larger record is handed to RocksDB in two parts instead of being copied together first.
    private static let copiedRecordBytesMax = 4096

    private let store: StoreDatabase
    private let reads = ReadOptions()
    private let scratch: UnsafeMutableRawBufferPointer
    private var batch = WriteBatch()
    private var overlay = BatchOverlay()
    /// The batch holds a command that reads, so the overlay must know every key that it writes.
    private var tracksKeys = false
    private var applied: AppliedRecord

    init(_ store: StoreDatabase, applied: AppliedRecord) {
        precondition(
            Self.copiedRecordBytesMax >= RecordHeader.bytesMin + KeyValueLimits.contentTypeBytesMax,
            "the scratch memory is too small for the start of a record")
        self.store = store
        self.applied = applied
        scratch = .allocate(byteCount: Self.keyBytesMax + Self.copiedRecordBytesMax, alignment: 8)
    }

    deinit { scratch.deallocate() }

    /// Applies consecutive entries and appends one result per command. After an error the batch must not be used again.
    mutating func apply(_ entries: [Entry], results: inout [CommandResult]) throws(StoreFailure) -> AppliedRecord {
        if entries.isEmpty { return applied }
        defer {
            batch.clear()
            overlay.removeAll()
        }
        tracksKeys = try Self.containReads(entries)
        for entry in entries {
            precondition(
                entry.id.index == applied.last.index.next,
                "entry \(entry.id) is applied to a state that ends at \(applied.last)")
            applied.last = entry.id
            guard entry.kind == .commands else { continue }
            try entry.forEachCommand { (command) throws(StoreFailure) in
                if let operations = command.operations {
                    results.append(apply(operations, hasOneRevision: command.hasOneRevision))
                } else {
                    results.append(try apply(command))
                }
            }
        }
        try write()
        return applied
    }

    mutating func startOver() { applied = AppliedRecord() }

    // MARK: One command

    private mutating func apply(_ command: CommandView) throws(StoreFailure) -> CommandResult {
        let key = storedKey(command.key)
        guard command.isRead else {
            change(command, at: key)
            return CommandResult(status: .applied, existed: false, revision: applied.revision)
        }
        let current = try revision(of: command.key, stored: key)
        guard command.condition.holds(for: current) else {
            return CommandResult(status: .preconditionFailed, existed: current != 0, revision: current)
        }
        // A delete that is known to find nothing changes nothing.
        if command.kind == .put || current != 0 { change(command, at: key) }
        return CommandResult(status: .applied, existed: current != 0, revision: applied.revision)
    }

    private mutating func change(_ command: CommandView, at key: UnsafeRawBufferPointer) {
        applied.revision += 1
        switch command.kind {
        case .put: put(command.value, command.valueType, contentType: command.contentType, at: key)
        case .delete: batch.delete(key, in: store.keyValue)
        case .group: preconditionFailure("a group has no key of its own")
        }
        if tracksKeys { overlay.set(command.key, command.kind == .put ? applied.revision : 0) }
    }

    /// The operations of a group in their order, so that of several on one key the last one wins. They are as blind as
    /// a command without a condition: a delete counts whether or not it finds anything.
    private mutating func apply(_ operations: GroupOperations, hasOneRevision: Bool) -> CommandResult {
        let noContentType = UnsafeRawBufferPointer(start: nil, count: 0)
        if hasOneRevision { applied.revision += 1 }
        for operation in operations {
            if !hasOneRevision { applied.revision += 1 }
            let key = storedKey(operation.key)
            switch operation.kind {
            case .put: put(operation.value, operation.valueType, contentType: noContentType, at: key)
            case .delete: batch.delete(key, in: store.keyValue)
            case .group: preconditionFailure("a group holds a group")
            }
            if tracksKeys { overlay.set(operation.key, operation.kind == .put ? applied.revision : 0) }
        }
        return CommandResult(status: .applied, existed: false, revision: applied.revision)
    }

    private mutating func put(
        _ value: UnsafeRawBufferPointer, _ valueType: ValueType, contentType: UnsafeRawBufferPointer,
        at key: UnsafeRawBufferPointer
    ) {
        let record = UnsafeMutableRawBufferPointer(rebasing: scratch[Self.keyBytesMax...])
        RecordHeader.encode(
            valueType: valueType, contentTypeBytes: contentType.count, revision: applied.revision, into: record)
        let valueStart = RecordHeader.bytesMin + contentType.count
        UnsafeMutableRawBufferPointer(rebasing: record[RecordHeader.bytesMin..<valueStart])
            .copyMemory(from: contentType)
        let recordBytes = valueStart + value.count
        if recordBytes <= Self.copiedRecordBytesMax {
            UnsafeMutableRawBufferPointer(rebasing: record[valueStart..<recordBytes]).copyMemory(from: value)
            batch.put(key, UnsafeRawBufferPointer(rebasing: record[..<recordBytes]), in: store.keyValue)
        } else {
            batch.put(key, joining: UnsafeRawBufferPointer(rebasing: record[..<valueStart]), value, in: store.keyValue)
        }
    }

    /// The key as `kv` stores it, in `scratch` until the next call.
    private func storedKey(_ key: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        scratch[0] = KeyValueKey.userPrefix
        let stored = UnsafeMutableRawBufferPointer(rebasing: scratch[..<(1 + key.count)])
        UnsafeMutableRawBufferPointer(rebasing: stored[1...]).copyMemory(from: key)
        return UnsafeRawBufferPointer(stored)
    }

    /// The revision of the record under a key as of the commands before, 0 if there is none.
    private func revision(
        of key: UnsafeRawBufferPointer, stored: UnsafeRawBufferPointer
    ) throws(StoreFailure) -> UInt64 {
        if let revision = overlay.revision(of: key) { return revision }
        return try store.database.record(forKey: stored, named: "user's record", in: store.keyValue, reads) {
            (record) throws(CodecError) in try RecordView.revision(of: record)
        } ?? 0
    }

    /// Writes the batch with the record of the applied index, which is never in another one.
    private mutating func write() throws(StoreFailure) {
        let record = UnsafeMutableRawBufferPointer(rebasing: scratch[..<AppliedRecord.encodedBytes])
        applied.encode(into: record)
        KeyValueKey.applied.withRawBytes { key in
            batch.put(key, UnsafeRawBufferPointer(record), in: store.keyValue)
        }
        do throws(RocksDBError) {
            try store.database.write(batch, .withoutWAL)
        } catch {
            throw StoreFailure("apply entries up to \(applied.last)", error)
        }
    }

    /// Whether any command of the entries reads. Decodes all of them, so that an unreadable one stops the batch before
    /// it has begun.
    private static func containReads(_ entries: [Entry]) throws(StoreFailure) -> Bool {
        var found = false
        for entry in entries where entry.kind == .commands {
            try entry.forEachCommand { (command) throws(StoreFailure) in
                if command.isRead { found = true }
            }
        }
        return found
    }
}

extension CommandView {
    /// Applying the command needs the record that its key has.
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
    /// Calls `body` with each command. An unreadable one, in an entry whose checksum is right, was encoded wrongly or
    /// by a newer version: no node may guess what it means.
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
