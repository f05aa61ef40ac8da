/// Entries of the log on disk that a leader wants for a follower, because they are not in memory any more.
///
/// The answer counts as long as this server leads in the same term. Until then its log only grows (Leader Append-Only,
/// paper, figure 3), so that a range holds the same entries whenever it is read.
package struct LogReadRequest: Hashable, Sendable {
    package var follower: NodeID
    /// That of the leader that asks.
    package var term: Term
    /// The first of these entries, and as many of the others as one message takes.
    package var range: LogRange
    /// What comes after the first entry may not bring the whole beyond this size.
    package var bytesMax: Int

    package init(follower: NodeID, term: Term, range: LogRange, bytesMax: Int) {
        self.follower = follower
        self.term = term
        self.range = range
        self.bytesMax = bytesMax
    }
}
