internal import HotPath
internal import RaftCore

/// "Leader Append-Only: a leader never overwrites or deletes entries in its log; it only appends new entries." (paper,
/// figure 3)
enum LeaderAppendOnly {
    static func breach(of job: LogJob, by process: any WatchedProcess) -> String? {
        guard let index = job.truncateFrom, process.role == .leader else { return nil }
        let term = process.currentTerm
        // In the turn in which it was elected it may still have given way to the leader before.
        guard process.shadow.entries.dropFirst(Int(index.rawValue) - 1).contains(where: { $0.id.term == term }) else {
            return nil
        }
        return "\(process.id) leads term \(term) and removes its own entries from \(index) on"
    }
}
