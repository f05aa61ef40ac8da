internal import HotPath
internal import RaftCore

/// Terms, commit indexes and applied indexes "increase monotonically" (paper, figure 2) while a process lives.
enum NothingGoesBack {
    static func breach(by process: any WatchedProcess) -> String? {
        let id = process.id
        if process.currentTerm < process.termSeen { return "the term of \(id) goes back" }
        if process.commitIndex < process.commitSeen { return "the commit index of \(id) goes back" }
        if process.appliedIndex < process.appliedSeen { return "the applied index of \(id) goes back" }
        return nil
    }
}
