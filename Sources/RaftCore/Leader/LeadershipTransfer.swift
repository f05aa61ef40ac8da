/// A leadership transfer under way (thesis 3.10).
struct LeadershipTransfer: Sendable {
    var target: NodeID
    /// "If leadership transfer does not complete after about an election timeout, the prior leader aborts the transfer
    /// and resumes accepting client requests."
    var deadline: Instant
}
