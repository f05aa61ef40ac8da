import ClusterControl
import HotPath
import KeyValue
import Synchronization

@testable import HTTPAPI

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
