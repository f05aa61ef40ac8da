import ClusterControl
import HotPath
import KeyValue
import Synchronization

@testable import HTTPAPI

/// One request as a gateway was given it.
struct Submission {
    let tag: RequestTag
    /// Nil for a read.
    let header: CommandHeader?
    let contentType: String
    let key: [UInt8]
    let value: [UInt8]
    var group: SubmittedGroup?
}

/// A group as a gateway was given it.
struct SubmittedGroup {
    struct Operation: Equatable {
        let kind: CommandKind
        let valueType: ValueType
        let key: [UInt8]
        let value: [UInt8]

        static func put(_ key: String, _ value: String, _ type: ValueType = .bytes) -> Operation {
            Operation(kind: .put, valueType: type, key: Array(key.utf8), value: Array(value.utf8))
        }

        static func delete(_ key: String) -> Operation {
            Operation(kind: .delete, valueType: .bytes, key: Array(key.utf8), value: [])
        }
    }

    let hasOneRevision: Bool
    let operations: [Operation]
}

/// Stands in for the gateway and the replica: keeps what is submitted until the test completes it. Confined
/// to its loop.
final class FakeReplica: Submitting {
    let sink: UInt32
    var onBurstStarted: () -> Void = {}
    var isOverloaded = false
    /// Called at the end of each burst with what was submitted in it.
    var onBurst: ([Submission]) -> Void = { _ in }
    private(set) var submissions: [Submission] = []
    private(set) var burstCount = 0
    private var burst: [Submission] = []

    init(sink: UInt32 = 0) { self.sink = sink }

    func submitWrite(
        tag: RequestTag, header: CommandHeader, contentType: UnsafeRawBufferPointer, key: UnsafeRawBufferPointer,
        value: UnsafeRawBufferPointer
    ) -> Bool {
        take(
            Submission(
                tag: tag, header: header, contentType: String(decoding: contentType, as: UTF8.self), key: Array(key),
                value: Array(value)))
    }

    func submitGroup(tag: RequestTag, header: GroupHeader, operations: UnsafeRawBufferPointer) -> Bool {
        var bytes = [UInt8](repeating: 0, count: CommandView.headerBytes)
        bytes.withUnsafeMutableBytes { header.encode(into: $0) }
        bytes += operations
        let group: SubmittedGroup? = bytes.withUnsafeBytes { bytes in
            do throws(CodecError) {
                let view = try CommandView(decoding: bytes)
                return SubmittedGroup(
                    hasOneRevision: view.hasOneRevision,
                    operations: (view.operations.map { Array($0) } ?? []).map {
                        SubmittedGroup.Operation(
                            kind: $0.kind, valueType: $0.valueType, key: Array($0.key), value: Array($0.value))
                    })
            } catch {
                preconditionFailure("a malformed group was submitted: \(error)")
            }
        }
        return take(Submission(tag: tag, header: nil, contentType: "", key: [], value: [], group: group))
    }

    func submitRead(tag: RequestTag) -> Bool {
        take(Submission(tag: tag, header: nil, contentType: "", key: [], value: []))
    }

    private func take(_ submission: Submission) -> Bool {
        if isOverloaded { return false }
        if burst.isEmpty { onBurstStarted() }
        burst.append(submission)
        submissions.append(submission)
        return true
    }

    func postBurst() {
        burstCount += 1
        let posted = burst
        burst = []
        onBurst(posted)
    }
}

/// A state machine in memory. Any thread.
final class FakeStore: KeyValueReader {
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

    func withRecordInMemory(
        forKey key: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer?) -> Void
    ) throws(StoreFailure) -> Bool {
        if state.withLock({ $0.isCold }) { return false }
        try withRecord(forKey: key, body)
        return true
    }

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

/// Keeps what is to be read from disk until the test lets it be read.
final class FakeDisk: RecordReading {
    private typealias Batch = (reads: [RecordRead], done: @Sendable ([RecordRead]) -> Void)

    private let batches = Mutex<[Batch]>([])

    /// The keys of each list that is not read yet.
    var wanted: [[String]] {
        batches.withLock { $0.map { $0.reads.map { String(decoding: $0.key, as: UTF8.self) } } }
    }

    func read(_ reads: [RecordRead], _ done: @escaping @Sendable ([RecordRead]) -> Void) {
        batches.withLock { $0.append((reads, done)) }
    }

    func complete(from store: FakeStore) {
        let taken = batches.withLock { batches in
            defer { batches = [] }
            return batches
        }
        for batch in taken { batch.done(batch.reads.map { RecordReads.read($0, from: store) }) }
    }
}

/// A control plane that answers as the test wants and remembers its requests.
final class FakeControl: MembershipControl {
    private struct State {
        var requests: [ControlRequest] = []
        var answer = ControlAnswer(code: .ok)
    }

    private let state = Mutex(State())

    var requests: [ControlRequest] { state.withLock { $0.requests } }

    func willAnswer(_ answer: ControlAnswer) { state.withLock { $0.answer = answer } }

    func perform(_ request: ControlRequest) async -> ControlAnswer {
        state.withLock { state in
            state.requests.append(request)
            return state.answer
        }
    }
}
