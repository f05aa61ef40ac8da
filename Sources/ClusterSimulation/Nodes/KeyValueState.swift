internal import Bytes
internal import HotPath
internal import NIOCore
internal import KeyValue
internal import RaftCore

/// The key-value data after some entries, by the rules of the API and written apart from the product's own state
/// machine: with it the answers of nodes are judged.
struct KeyValueState {
    struct Record: Hashable {
        var revision: UInt64
        /// The number of the operation that wrote it.
        var writer: UInt64
    }

    /// What one command did.
    struct Change {
        var key: Int
        var writer: UInt64
        var result: CommandResult
        /// The record that is there afterwards; meaningless unless the command took effect.
        var record: Record?
        var isEffective: Bool
        /// The revision of the whole state afterwards.
        var revision: UInt64
        /// False for all operations of a group but the last: they share its answer.
        var endsCommand = true
    }

    /// By key number.
    private(set) var records: [Record?] = Array(repeating: nil, count: Operation.keyCount)
    private(set) var applied = LogIndex.zero
    private(set) var revision: UInt64 = 0
    /// Of all commands in their order.
    private(set) var digest: UInt64 = 0

    /// Applies one entry and calls `body` with what each of its commands did.
    mutating func apply(_ entry: Entry, _ body: (Change) -> Void) {
        precondition(entry.id.index == applied.next, "\(entry.id) is applied after \(applied)")
        applied = entry.id.index
        guard entry.kind == .commands else { return }
        entry.payload.withUnsafeReadableBytes { bytes in
            var rest = UnsafeRawBufferPointer(rebasing: bytes[...])
            while !rest.isEmpty {
                let command = Self.decode(rest)
                let encoded = UnsafeRawBufferPointer(rebasing: rest[..<command.encodedBytes])
                digest = SplitMix64.scramble(digest ^ XXH64.hash(encoded))
                apply(command, body)
                rest = UnsafeRawBufferPointer(rebasing: rest[command.encodedBytes...])
            }
        }
    }

    private static func decode(_ bytes: UnsafeRawBufferPointer) -> CommandView {
        do throws(CodecError) {
            return try CommandView(decoding: bytes)
        } catch {
            preconditionFailure("a committed command is malformed: \(error)")
        }
    }

    private mutating func apply(_ command: CommandView, _ body: (Change) -> Void) {
        if let operations = command.operations { return apply(operations, command.hasOneRevision, body) }
        let key = Operation.number(ofKey: command.key)
        // A delete has its number where a put has its content type.
        let writer = Operation.number(ofValue: command.kind == .put ? command.value : command.contentType)
        let current = records[key]
        let holds =
            switch command.condition {
            case .none: true
            case .absent: current == nil
            case .present: current != nil
            case .revision(let revision): current?.revision == revision
            }
        let reads = command.reportsExistence || command.condition != .none
        guard holds else {
            let result = CommandResult(
                status: .preconditionFailed, existed: current != nil, revision: current?.revision ?? 0)
            return body(
                Change(
                    key: key, writer: writer, result: result, record: current, isEffective: false, revision: revision))
        }
        let isEffective = command.kind == .put || !reads || current != nil
        if isEffective {
            revision += 1
            records[key] = command.kind == .put ? Record(revision: revision, writer: writer) : nil
        }
        let result = CommandResult(status: .applied, existed: reads && current != nil, revision: revision)
        body(
            Change(
                key: key, writer: writer, result: result, record: records[key], isEffective: isEffective,
                revision: revision))
    }

    private mutating func apply(_ operations: GroupOperations, _ hasOneRevision: Bool, _ body: (Change) -> Void) {
        if hasOneRevision { revision += 1 }
        var left = operations.count
        var writer: UInt64 = 0
        for operation in operations {
            left -= 1
            if !hasOneRevision { revision += 1 }
            let key = Operation.number(ofKey: operation.key)
            if operation.kind == .put { writer = Operation.number(ofValue: operation.value) }
            records[key] = operation.kind == .put ? Record(revision: revision, writer: writer) : nil
            let result = CommandResult(status: .applied, existed: false, revision: revision)
            body(
                Change(
                    key: key, writer: writer, result: result, record: records[key], isEffective: true,
                    revision: revision, endsCommand: left == 0))
        }
    }
}
