package import KeyValue
internal import NIOCore

/// The way of one HTTP event loop into the replica: collects all that one pass of the loop read into one burst and
/// posts it once.
///
/// Confined to its event loop.
package final class SubmissionGateway: Submitting {
    /// The index of this loop's completion sink.
    package let sink: UInt32
    /// Called, on the loop, when the first request of a burst was queued: the HTTP server schedules one call of
    /// `postBurst` for the end of its loop pass.
    package var onBurstStarted: () -> Void = {}

    private let admission: Admission
    private let mailbox: Mailbox
    private var burst = Burst()

    package init(sink: UInt32, admission: Admission, mailbox: Mailbox) {
        self.sink = sink
        self.admission = admission
        self.mailbox = mailbox
    }

    /// Queues a write. Its key and value are copied, once, into the burst. The outcome arrives at the loop's completion
    /// sink under `tag`. Returns false, and takes nothing, if the node is overloaded: answer 429.
    package func submitWrite(
        tag: RequestTag, header: CommandHeader, contentType: UnsafeRawBufferPointer, key: UnsafeRawBufferPointer,
        value: UnsafeRawBufferPointer
    ) -> Bool {
        precondition(contentType.count == header.contentTypeBytes, "the content type is not as long as its header says")
        precondition(key.count == header.keyBytes, "the key is not as long as its header says")
        precondition(value.count == header.valueBytes, "the value is not as long as its header says")
        let size = header.encodedBytes
        guard admission.reserve(bytes: size) else { return false }
        startBurstIfNeeded()
        burst.commands.writeWithUnsafeMutableBytes(minimumWritableBytes: size) { target in
            header.encode(into: target)
            var offset = CommandView.headerBytes
            offset = Self.copy(contentType, to: target, at: offset)
            offset = Self.copy(key, to: target, at: offset)
            offset = Self.copy(value, to: target, at: offset)
            return offset
        }
        burst.tags.append(tag)
        return true
    }

    /// Queues a group. Its operations are copied, once, into the burst. Otherwise as `submitWrite`.
    package func submitGroup(tag: RequestTag, header: GroupHeader, operations: UnsafeRawBufferPointer) -> Bool {
        precondition(operations.count == header.operationsBytes, "a group is not as long as its header says")
        let size = header.encodedBytes
        guard admission.reserve(commands: header.operationCount, bytes: size) else { return false }
        startBurstIfNeeded()
        burst.commands.writeWithUnsafeMutableBytes(minimumWritableBytes: size) { target in
            header.encode(into: target)
            return Self.copy(operations, to: target, at: CommandView.headerBytes)
        }
        burst.tags.append(tag)
        return true
    }

    /// Queues a linearizable read; `Outcome.readable` arrives when the local state may be read. False if the node is
    /// overloaded.
    package func submitRead(tag: RequestTag) -> Bool {
        guard admission.reserve(bytes: 0) else { return false }
        startBurstIfNeeded()
        burst.reads.append(tag)
        return true
    }

    /// Posts everything queued since the last call to the replica.
    package func postBurst() {
        guard !burst.isEmpty else { return }
        let full = burst
        burst = Burst()
        burst.commands.reserveCapacity(full.commands.readableBytes)
        burst.tags.reserveCapacity(full.tags.count)
        mailbox.post(full)
    }

    /// Returns the offset after the copy.
    private static func copy(
        _ part: UnsafeRawBufferPointer, to target: UnsafeMutableRawBufferPointer, at offset: Int
    ) -> Int {
        guard part.count > 0 else { return offset }
        UnsafeMutableRawBufferPointer(rebasing: target[offset..<(offset + part.count)]).copyMemory(from: part)
        return offset + part.count
    }

    private func startBurstIfNeeded() {
        if burst.isEmpty { onBurstStarted() }
    }
}
