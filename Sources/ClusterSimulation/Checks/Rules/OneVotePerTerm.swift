internal import RaftCore

/// "Each server will vote for at most one candidate in a given term, on a first-come-first-served basis" (paper, 5.2),
/// whatever crashes come between. A candidate votes for itself.
struct OneVotePerTerm {
    struct Ballot: Hashable {
        var voter: NodeID
        var term: Term
    }

    private var votes: [Ballot: NodeID] = [:]

    mutating func note(vote candidate: NodeID, of voter: NodeID, in term: Term) -> String? {
        let ballot = Ballot(voter: voter, term: term)
        if let earlier = votes[ballot], earlier != candidate {
            return "\(voter) votes for \(earlier) and for \(candidate) in term \(term)"
        }
        votes[ballot] = candidate
        return nil
    }

    /// The disk of the voter went back to an older copy of itself, with its witness: no promise can hold of a vote that
    /// nothing is left of (Docs/Architecture.md). That no term has two leaders is judged all the same.
    mutating func forget(_ voter: NodeID) { votes = votes.filter { $0.key.voter != voter } }
}
