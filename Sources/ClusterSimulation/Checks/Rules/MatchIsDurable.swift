internal import HotPath
internal import RaftCore

/// What a leader believes a follower of its term to hold is on that follower's disk: `matchIndex` is the "index of
/// highest log entry known to be replicated on server" (paper, figure 2).
enum MatchIsDurable {
    static func breach(by leader: any WatchedProcess, lost: inout [LogIndex?], _ nodes: [any WatchedNode]) -> String? {
        for progress in leader.followerProgress {
            guard let follower = nodes.first(where: { $0.id == progress.id }),
                follower.running?.currentTerm == leader.currentTerm
            else { continue }
            // From now on everybody knows.
            if progress.lostThrough != nil { lost[follower.number] = nil }
            if lost[follower.number] != nil { continue }
            if follower.durableTerm(at: progress.matchIndex) != leader.shadow.term(at: progress.matchIndex) {
                return "\(leader.id) believes \(follower.id) to hold \(progress.matchIndex), and its disk does not"
            }
        }
        return nil
    }
}
