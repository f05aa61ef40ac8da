internal import RaftCore

/// "Election Safety: at most one leader can be elected in a given term." (paper, figure 3). Over all time: also one
/// that led and crashed counts.
struct ElectionSafety {
    private var leaders: [Term: NodeID] = [:]

    mutating func note(leader: NodeID, in term: Term) -> String? {
        if let other = leaders[term], other != leader { return "\(other) and \(leader) both lead term \(term)" }
        leaders[term] = leader
        return nil
    }
}
