internal import KeyValue

/// The terms of every transfer of a snapshot, for both nodes and for their stores.
package enum SnapshotTransfer {
    /// Of both nodes: a release that knows less refuses the connection.
    package static let featureLevel: UInt8 = 2
    /// What a source aims at: a chunk ends with the row that reaches it.
    package static let chunkBytesTarget = 1 << 20
    /// The largest chunk: one of the size aimed at and the largest row, with 64 KiB for what a store adds.
    package static let chunkBytesMax =
        chunkBytesTarget + KeyValueLimits.keyBytesMax + KeyValueLimits.valueBytesMax + (64 << 10)
    /// The largest position: the largest key, and what a store puts around it.
    package static let positionBytesMax = KeyValueLimits.keyBytesMax + 64
    /// The most chunks that a source was asked for and the sink of the follower has not taken: those for which it has
    /// granted room, and one ahead.
    package static let chunksAheadMax = TransportLimits.snapshotCreditsMax + 1
    /// The largest account of a whole snapshot that ends it.
    package static let totalBytesMax = 4 << 10
}
