package import RaftCore

/// Moves snapshots between this node and others: makes them, serves them, and fetches one. Confined to the replica's
/// loop, and never waits: what becomes of a call arrives through the mailbox as `SnapshotNews`, under the number that
/// the call was given.
package protocol SnapshotExchange: AnyObject {
    /// Has a snapshot ready for `member` to fetch, and serves it until `release`: one of now, or one that others have
    /// already and whose last entry is not before `oldest`. Answered by `ready` or `unavailable`, by `sending` now
    /// and then while it is fetched, and by `sent`.
    func prepare(for member: NodeID, id: UInt64, oldest: LogIndex)
    /// The member needs that snapshot no more, or is not to have it: a transfer under way comes to nothing.
    func release(id: UInt64)
    /// Fetches the snapshot whose last entry is `lastIncluded` from `leader`, and checks it. It does not take the place
    /// of anything yet. Answered by `fetched` or `unavailable`. At most one at a time.
    func fetch(_ lastIncluded: LogID, from leader: NodeID, id: UInt64)
    /// Gives up what `fetch` has begun or brought. No answer is needed.
    func cancelFetch(id: UInt64)
    /// The transfers under way, those that this node sends first. For its account of itself.
    var transfers: [SnapshotProgress] { get }
}

/// A snapshot that lies whole and durable on this node's disk, next to the state that it is to replace.
package protocol FetchedSnapshot: AnyObject, Sendable {
    /// Makes it the state of this node, and lets the log begin after it, with `configuration` as of its last entry: one
    /// durable batch, so that a crash leaves the old state or the new one. Then readers see it, and `appliedIndex` of
    /// the state machine is that of its last entry. Log thread, while nothing is applied.
    func install(_ configuration: Configuration) throws(StoreFailure)
}

/// The answers of a `SnapshotExchange` and of the log thread.
package enum SnapshotNews: Sendable {
    /// The snapshot can be fetched; this is its last entry.
    case ready(id: UInt64, lastIncluded: LogID)
    /// The member that fetches it has taken more of it, of which this many bytes were sent.
    case sending(id: UInt64, bytes: Int)
    /// All of it was sent. The member checks and installs it, of which nothing is heard before it is done.
    case sent(id: UInt64)
    /// It cannot be made, served or fetched.
    case unavailable(id: UInt64)
    /// It is whole, on this node's disk.
    case fetched(id: UInt64, any FetchedSnapshot)
    /// It has taken the place of log and state.
    case installed(id: UInt64)
}
