package import RaftCore

/// Does what takes time when the log gets shorter. Called within a turn of the replica, on the owner's thread.
package protocol LogMaintainer: AnyObject {
    /// The data are durable at least through this entry. Known without asking a disk, so it may be a little too low.
    var persistedIndex: LogIndex { get }

    /// The size of the data on disk, in bytes: about as much as a snapshot has. Known without asking a disk.
    var dataBytes: Int { get }

    /// The log should get shorter: have the data on disk through `wanted`, call `Replica.cutLog`, release files if
    /// `Replica.wantsFilesReleased`, and call `Replica.compactionEnded` in any case. Until then it is not asked again.
    func compactionDue(through wanted: LogIndex)
}
