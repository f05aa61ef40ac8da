internal import KeyValue

/// Every bound of the hot path, in one place; `LimitsTests` asserts how they relate.
package enum ReplicaLimits {
    /// Commands that are submitted and not answered, over all loops of the node; a group counts each of its operations.
    /// Past it: 429 `overloaded`, at once.
    package static let waitingCommandsMax = 65_536
    package static let waitingBytesMax = 32 << 20
    /// Entries that the leader appended and that are not committed. Past it: 429 `overloaded`.
    package static let uncommittedBytesMax = 64 << 20
    /// Entries that are handed to the apply thread and not applied. Past it a leader answers 429, and a follower takes
    /// entries later.
    package static let unappliedBytesMax = 64 << 20
    /// Entries that a follower takes later. More than a leader's window.
    package static let deferredBytesMax = 16 << 20

    /// A node that lacks fewer committed entries than this is ready for traffic.
    package static let unappliedEntriesOfReady: UInt64 = 1_000

    /// One entry carries at most this many commands …
    package static let commandsPerEntryMax = 256
    /// … and packing stops once the payload has this many bytes. A single larger command becomes a separate entry.
    package static let entryPayloadBytesTarget = 64 << 10
    /// The largest payload of an entry: one command with the largest key, value and content type, after a full target.
    /// The largest group is smaller than that command.
    package static let entryPayloadBytesMax =
        entryPayloadBytesTarget + CommandView.headerBytes + KeyValueLimits.keyBytesMax + KeyValueLimits.valueBytesMax
        + KeyValueLimits.contentTypeBytesMax

    /// The log thread takes at most this much into one write batch, or one job if that is larger.
    package static let logBatchBytesMax = 4 << 20
    /// The apply thread takes at most this much into one write batch, or one entry if that is larger.
    package static let applyBatchBytesMax = 1 << 20
    /// Commands of one write batch; a group counts each of its operations.
    package static let applyBatchCommandsMax = 2_048

    /// Entries kept in memory for followers and for apply.
    package static let entryRingBytesMax = 64 << 20

    /// A frame between peers, header included. An AppendEntriesRequest holds `RaftSettings.messageBytesMax` or one
    /// larger entry.
    package static let peerFrameBytesMax = 16 << 20
    /// A correct peer sends no message whose term is further ahead than this.
    package static let termAheadMax: UInt64 = 1 << 32
    /// ReadIndex requests of one peer that wait for a confirmation; one stands for all reads that wait at the peer.
    package static let readBatchesPerPeerMax = 256

    /// Requests for a comparison of all data that wait for its result.
    package static let comparisonsWaitingMax = 64

    /// The longest wait of the control plane for the replica.
    package static let controlMillisecondsMax = 600_000

    /// One forwarded burst of commands; larger bursts are cut.
    package static let forwardBytesMax = 4 << 20
    package static let forwardCommandsMax = 16_384
}
