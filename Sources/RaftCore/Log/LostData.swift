/// What a server remembers of a loss: entries that it had acknowledged are gone from its disk, for example because its
/// directory was replaced by an older copy of itself. What else it promised is gone with them, such as a vote.
///
/// It is part of the hard state, so that neither a restart nor another leader ends its consequences early.
package struct LostData: Hashable, Sendable {
    /// The last entry that the server had acknowledged.
    package var acknowledged: LogID
    /// The term in which a leader found the loss. The server may have voted in it and have forgotten that.
    package var term: Term

    package init(acknowledged: LogID, term: Term) {
        self.acknowledged = acknowledged
        self.term = term
    }
}
