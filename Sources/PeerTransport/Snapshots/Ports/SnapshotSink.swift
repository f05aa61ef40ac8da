package import NIOCore

/// The place at a follower where the chunks of one snapshot go. Called on the transport's loop; it writes somewhere
/// else. There is one call at a time: none before `done` of the one before was called.
package protocol SnapshotSink: AnyObject {
    /// Takes the next chunk, in order. `done` must be called on the loop, exactly once, within the call or later, with
    /// the position after it once it is on disk: 1 to `SnapshotTransfer.positionBytesMax` bytes. After a lost
    /// connection the transfer continues there, so all that was taken must stay as long as the process runs.
    func take(_ chunk: ByteBuffer, done: @escaping (Result<ByteBuffer, SnapshotSinkFailure>) -> Void)

    /// Everything has arrived: checks it against the sender's account. `done` as for a chunk, once it can be installed.
    func finish(total: ByteBuffer, done: @escaping (Result<Void, SnapshotSinkFailure>) -> Void)
}

/// A snapshot cannot be taken in: it is damaged, or the disk is.
package struct SnapshotSinkFailure: Error, Hashable, Sendable {
    /// A sentence that says what is wrong and what to do.
    package let message: String

    package init(_ message: String) { self.message = message }
}
