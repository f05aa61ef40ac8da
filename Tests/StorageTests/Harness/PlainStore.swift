import KeyValue
import RocksDB

@testable import Storage

/// The key-value data as simple as can be: one RocksDB database, and each change is a write of its own.
final class PlainStore {
    private let database: Database
    private var revision: UInt64 = 0

    init(path: String) throws {
        var options = Options()
        options["create_if_missing"] = true
        database = try Database(
            path: path, options: options,
            columnFamilies: [ColumnFamilyDescriptor(name: ColumnFamilyDescriptor.defaultName)])
    }

    deinit { database.close() }

    private var family: ColumnFamily { database.columnFamilies[0] }

    /// The encoded record of each key.
    func records() throws -> [[UInt8]: [UInt8]] {
        var records: [[UInt8]: [UInt8]] = [:]
        var iterator = try Iterator(over: family, of: database, ReadOptions())
        iterator.seekToFirst()
        while iterator.isValid {
            records[Array(iterator.key)] = Array(iterator.value)
            iterator.next()
        }
        try iterator.checkStatus()
        return records
    }

    /// Carries out the steps of one entry. The rules are those of `CommandResult`, `Condition` and `GroupHeader`.
    func apply(_ steps: [TestStep]) throws -> [CommandResult] { try steps.map { try apply($0) } }

    private func apply(_ step: TestStep) throws -> CommandResult {
        switch step {
        case .command(let command):
            return try apply(command)
        case .group(let operations, let hasOneRevision):
            if hasOneRevision { revision += 1 }
            for operation in operations {
                if !hasOneRevision { revision += 1 }
                try change(operation)
            }
            return CommandResult(status: .applied, existed: false, revision: revision)
        }
    }

    private func apply(_ command: TestCommand) throws -> CommandResult {
        guard command.condition != .none || command.reportsExistence else {
            revision += 1
            try change(command)
            return CommandResult(status: .applied, existed: false, revision: revision)
        }
        let current = try revision(of: command.key)
        let holds =
            switch command.condition {
            case .none: true
            case .absent: current == nil
            case .present: current != nil
            case .revision(let wanted): current == wanted
            }
        guard holds else {
            return CommandResult(status: .preconditionFailed, existed: current != nil, revision: current ?? 0)
        }
        if command.kind == .put || current != nil {
            revision += 1
            try change(command)
        }
        return CommandResult(status: .applied, existed: current != nil, revision: revision)
    }

    private func change(_ command: TestCommand) throws {
        var batch = WriteBatch()
        command.key.withUnsafeBytes { key in
            if command.kind == .delete { return batch.delete(key, in: family) }
            var record = [UInt8](repeating: 0, count: RecordHeader.bytesMin)
            record.withUnsafeMutableBytes {
                RecordHeader.encode(
                    valueType: command.valueType, contentTypeBytes: command.contentType.utf8.count, revision: revision,
                    into: $0)
            }
            record += Array(command.contentType.utf8) + command.value
            record.withUnsafeBytes { batch.put(key, $0, in: family) }
        }
        try database.write(batch)
    }

    private func revision(of key: [UInt8]) throws -> UInt64? {
        var found: [UInt8]?
        try key.withRawBytes { key throws(RocksDBError) in
            try database.withValue(forKey: key, in: family, ReadOptions()) { found = $0.map { Array($0) } }
        }
        return try found?.withRawBytes { record throws(CodecError) in try RecordView.revision(of: record) }
    }
}
