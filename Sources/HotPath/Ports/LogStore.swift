package import RaftCore

/// The Raft log and the hard state on disk.
package protocol LogStore: AnyObject, Sendable {
    /// Writes all jobs in order as one atomic batch and returns when it is durable. Log thread only.
    func append(_ jobs: [LogJob]) throws(StoreFailure)
    /// How long that has taken lately. Any thread.
    var times: LogTimes { get }
    /// Reads entries of a durable range from its start, as many as fit `bytesMax`, at least one; none if the log ends
    /// before it, because another leader has truncated it, or begins after its start, because that is compacted. Checks
    /// their checksums, and that none is missing before another. Any thread.
    func entries(in range: LogRange, bytesMax: Int) throws(StoreFailure) -> [Entry]
}

extension LogStore {
    /// One without a disk has taken no time.
    package var times: LogTimes { LogTimes() }
}
