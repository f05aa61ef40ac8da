internal import KeyValue
package import NIOCore
package import RaftCore

/// Packs commands into one entry's final encoding, so that each command is copied once on its way from a burst to the
/// log.
package struct EntryBuilder {
    private var buffer: ByteBuffer
    package private(set) var commandCount = 0
    /// At least `commandCount`: a group is one command and several operations.
    package private(set) var operationCount = 0
    /// What a node must know to apply the commands.
    private var featureLevel = FeatureLevel.first
    private let commandsMax: Int
    private let payloadBytesTarget: Int

    /// The limits are those of `ReplicaSettings`.
    package init(
        payloadBytesExpected: Int, commandsMax: Int = ReplicaLimits.commandsPerEntryMax,
        payloadBytesTarget: Int = ReplicaLimits.entryPayloadBytesTarget
    ) {
        self.commandsMax = commandsMax
        self.payloadBytesTarget = payloadBytesTarget
        buffer = ByteBufferAllocator().buffer(capacity: Entry.headerBytes + payloadBytesExpected)
        buffer.writeRepeatingByte(0, count: Entry.headerBytes)
    }

    package var payloadBytes: Int { buffer.readableBytes - Entry.headerBytes }

    /// Whether the limits of an entry leave room for another command.
    package var hasRoom: Bool {
        commandCount < commandsMax && payloadBytes < payloadBytesTarget
    }

    /// Moves commands from the start of `commands` into the entry until it is full or they end; returns how many. The
    /// commands are well-formed: they come from this process, or passed the `PeerGate`.
    package mutating func take(from commands: inout ByteBuffer) -> Int {
        var taken = 0
        var bytes = 0
        commands.withUnsafeReadableBytes { waiting in
            while commandCount + taken < commandsMax, payloadBytes + bytes < payloadBytesTarget,
                let extent = CommandExtent(at: bytes, of: waiting)
            {
                bytes += extent.encodedBytes
                operationCount += extent.operationCount
                featureLevel = max(featureLevel, extent.featureLevel)
                taken += 1
            }
        }
        precondition(taken > 0 || !hasRoom || commands.readableBytes == 0, "a burst holds bytes that are no command")
        guard taken > 0 else { return 0 }
        guard var run = commands.readSlice(length: bytes) else {
            preconditionFailure("a burst ends within a command")
        }
        buffer.writeBuffer(&run)
        commandCount += taken
        return taken
    }

    /// The finished entry. Precondition: it holds a command.
    package consuming func finish(id: LogID) -> Entry {
        precondition(commandCount > 0, "an entry of commands needs a command")
        return Entry(
            id: id, kind: .commands, commandCount: commandCount, featureLevel: featureLevel,
            headerRoomAndPayload: buffer)
    }
}
