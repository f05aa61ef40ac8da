package import NIOCore

/// A snapshot that is being read for one follower. Called on the transport's loop; it reads somewhere else.
package protocol OpenSnapshot: AnyObject {
    var id: SnapshotID { get }

    /// Reads what follows. `done` must be called on the loop, exactly once, within the call or later; after `close` it
    /// has no effect. Not called again before `done` is, nor after a read that brought no chunk.
    func readNext(_ done: @escaping (SnapshotRead) -> Void)

    /// Nobody reads any more. Called once, perhaps during a read.
    func close()
}

/// The outcome of a read.
package enum SnapshotRead {
    /// 1 to `SnapshotTransfer.chunkBytesMax` bytes.
    case chunk(ByteBuffer)
    /// Everything was read; `total` lets the receiver check that, in the words of the stores, in at most
    /// `SnapshotTransfer.totalBytesMax` bytes.
    case end(total: ByteBuffer)
    /// The snapshot is there no longer, or cannot be read.
    case refused(SnapshotRefusal)
}
