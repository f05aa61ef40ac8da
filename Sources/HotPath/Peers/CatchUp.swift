/// What followers get that need more than the ring has: older entries, read from disk, or a snapshot in place of those
/// that have left the log. And what this node gets as such a follower.
struct CatchUp {
    var reads = LogReads()
    var offers = SnapshotOffers()
    /// Nil if no snapshot is to replace the log.
    var fetch: SnapshotFetch?
}
