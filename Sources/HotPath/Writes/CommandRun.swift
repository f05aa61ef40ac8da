internal import KeyValue
internal import NIOCore

/// Commands from the start of a burst, as many as one message between nodes carries.
struct CommandRun {
    /// Shares the burst's storage.
    let commands: ByteBuffer
    let count: Int
    /// `Admission` counts these: a group is one command and several operations.
    let operationCount: Int

    /// Moves the commands out of `rest`, which holds well-formed commands, at least one. The limits are those of
    /// `ReplicaSettings`.
    init(
        from rest: inout ByteBuffer, commandsMax: Int = ReplicaLimits.forwardCommandsMax,
        bytesMax: Int = ReplicaLimits.forwardBytesMax
    ) {
        var bytes = 0
        var count = 0
        var operationCount = 0
        rest.withUnsafeReadableBytes { waiting in
            while bytes < bytesMax, count < commandsMax,
                let extent = CommandExtent(at: bytes, of: waiting)
            {
                bytes += extent.encodedBytes
                operationCount += extent.operationCount
                count += 1
            }
        }
        precondition(count > 0, "a burst holds bytes that are no command")
        guard let commands = rest.readSlice(length: bytes) else {
            preconditionFailure("a burst ends within a command")
        }
        self.commands = commands
        self.count = count
        self.operationCount = operationCount
    }
}
