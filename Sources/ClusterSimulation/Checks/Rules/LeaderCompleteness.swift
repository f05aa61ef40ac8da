internal import HotPath
internal import RaftCore

/// "Leader Completeness: if a log entry is committed in a given term, then that entry will be present in the logs of
/// the leaders for all higher-numbered terms." (paper, figure 3)
enum LeaderCompleteness {
    static func breach(by leader: any WatchedProcess, ledger: Ledger) -> String? {
        let term = leader.currentTerm
        let log = leader.shadow
        for (entry, commitTerm) in zip(ledger.entries, ledger.commitTerms)
        where commitTerm < term && log.term(at: entry.id.index) != entry.id.term {
            return "\(leader.id) leads term \(term) and lacks \(entry.id), committed in term \(commitTerm)"
        }
        return nil
    }
}
