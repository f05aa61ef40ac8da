internal import HotPath
internal import RaftCore

/// "A log entry is committed once the leader that created the entry has replicated it on a majority of the servers",
/// and "Raft never commits log entries from previous terms by counting replicas" (paper, 5.3 and 5.4.2). Replicated
/// means durable: on the disks of a majority of the voters of the configuration in force at the leader (thesis 4.1). A
/// follower's commit index covers only entries that a leader has committed.
enum CommitRule {
    /// `lost` holds the nodes that lost data unnoticed, with the last entry that each had.
    static func breach(
        by process: any WatchedProcess, after seen: LogIndex, ledger: Ledger, lost: [LogIndex?],
        _ nodes: [any WatchedNode]
    ) -> String? {
        let id = process.id
        let commit = process.commitIndex
        var index = seen.next
        while index <= min(commit, ledger.lastIndex) {
            if let entry = ledger.entry(at: index), process.shadow.term(at: index) != entry.id.term {
                return "\(id) commits another entry than \(entry.id)"
            }
            index = index.next
        }
        guard commit > ledger.lastIndex else { return nil }
        if process.role != .leader, process.roleSeen != .leader {
            return "\(id) commits \(commit), which no leader has committed"
        }
        let term = process.termOfCommit
        if process.shadow.term(at: commit) != term {
            return "\(id) commits \(commit), which is not of its term \(term)"
        }
        let configuration = process.configuration
        var holders = 0
        for node in nodes where configuration.isVoter(node.id) {
            let hadIt = lost[node.number].map { $0 >= commit } ?? false
            if hadIt || node.durableTerm(at: commit) == process.shadow.term(at: commit) { holders += 1 }
        }
        guard holders < configuration.quorum else { return nil }
        return "\(id) commits \(commit), which \(holders) of \(configuration.voterCount) voters have on disk"
    }
}
