import ClusterControl
import HotPath
import KeyValue
import RaftCore
import Synchronization

@testable import HTTPAPI

/// A state machine in memory. Any thread.
final class FakeStore: KeyValueReader, StateDigester {
    struct Failing {
        var reads = false
    }

    private struct State {
        var records: [[UInt8]: [UInt8]] = [:]
        var revision: UInt64 = 0
        var isFailing = false
        var isCold = false
    }

    private let state = Mutex(State())

    var revision: UInt64 { state.withLock { $0.revision } }

    /// From now on every read fails.
    func failReads() { state.withLock { $0.isFailing = true } }

    func withRecord(
        forKey key: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer?) -> Void
    ) throws(StoreFailure) {
        let (record, isFailing) = state.withLock { ($0.records[Array(key)], $0.isFailing) }
        if isFailing { throw StoreFailure(operation: "get", message: "disk on fire") }
        if let record { record.withUnsafeBytes { body($0) } } else { body(nil) }
    }

    /// From now on nothing is in memory.
    func coolDown() { state.withLock { $0.isCold = true } }

    var isCold: Bool { state.withLock { $0.isCold } }

    func digest(while mayContinue: () -> Bool) throws(StoreFailure) -> StateDigest? {
        mayContinue() ? StateDigest(applied: .zero, revision: revision, keyCount: 0, hash: 0) : nil
    }

    func makeLoopReader() -> sending any LoopReader { FakeLoopReader(of: self) }

    /// Puts raw bytes where a record should be.
    func damage(_ key: String, with bytes: [UInt8]) { state.withLock { $0.records[Array(key.utf8)] = bytes } }

    /// Applies one command as the state machine would.
    func apply(_ submission: Submission) -> Outcome {
        if let group = submission.group { return apply(group) }
        guard let header = submission.header else { return .readable }
        return state.withLock { state in
            let current = state.records[submission.key].map { Self.revision(of: $0) }
            let holds =
                switch header.condition {
                case .none: true
                case .absent: current == nil
                case .present: current != nil
                case .revision(let wanted): current == wanted
                }
            guard holds else {
                return .written(
                    CommandResult(status: .preconditionFailed, existed: current != nil, revision: current ?? 0))
            }
            if header.kind == .put || current != nil { state.revision += 1 }
            switch header.kind {
            case .put: state.records[submission.key] = Self.record(submission, header, state.revision)
            case .delete: state.records[submission.key] = nil
            case .group: preconditionFailure("a group has no header of a command")
            }
            return .written(CommandResult(status: .applied, existed: current != nil, revision: state.revision))
        }
    }

    private func apply(_ group: SubmittedGroup) -> Outcome {
        state.withLock { state in
            if group.hasOneRevision { state.revision += 1 }
            for operation in group.operations {
                if !group.hasOneRevision { state.revision += 1 }
                let header = CommandHeader(
                    kind: .put, valueType: operation.valueType, keyBytes: operation.key.count,
                    valueBytes: operation.value.count)
                let put = Submission(
                    tag: RequestTag(sink: 0, connection: 0, request: 0), header: header, contentType: "",
                    key: operation.key, value: operation.value)
                state.records[operation.key] =
                    operation.kind == .put ? Self.record(put, header, state.revision) : nil
            }
            return .written(CommandResult(status: .applied, existed: false, revision: state.revision))
        }
    }

    private static func revision(of record: [UInt8]) -> UInt64 {
        record.withUnsafeBytes { $0.littleEndian64(at: 4) }
    }

    private static func record(_ submission: Submission, _ header: CommandHeader, _ revision: UInt64) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: RecordHeader.bytesMin)
        bytes.withUnsafeMutableBytes {
            RecordHeader.encode(
                valueType: header.valueType, contentTypeBytes: header.contentTypeBytes, revision: revision, into: $0)
        }
        return bytes + Array(submission.contentType.utf8) + submission.value
    }
}
