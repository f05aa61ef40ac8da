internal import HotPath
internal import RaftCore

/// What a leader believes a follower of its term to hold is on that follower's disk: `matchIndex` is the "index of
/// highest log entry known to be replicated on server" (paper, figure 2).
enum MatchIsDurable {
    static func breach(by leader: SimulatedProcess, lost: inout [LogIndex?], _ nodes: [SimulatedNode]) -> String? {
        for progress in leader.replica.followerProgress {
            guard let follower = nodes.first(where: { $0.id == progress.id }),
                follower.process?.replica.currentTerm == leader.replica.currentTerm
            else { continue }
            // From now on everybody knows.
            if progress.lostThrough != nil { lost[follower.number] = nil }
            if lost[follower.number] != nil { continue }
            if follower.disk.term(at: progress.matchIndex) != leader.shadow.term(at: progress.matchIndex) {
                return "\(leader.node.id) believes \(follower.id) to hold \(progress.matchIndex), and its disk does not"
            }
        }
        return nil
    }
}
