internal import HotPath
internal import RaftCore

/// A committed entry never leaves a log again: it "will be present in the logs of the leaders for all higher-numbered
/// terms" (paper, figure 3), so nobody can ask to replace it.
enum CommittedStays {
    static func breach(of job: LogJob, by process: any WatchedProcess, ledger: Ledger) -> String? {
        guard let index = job.truncateFrom, let committed = ledger.entry(at: index),
            process.shadow.term(at: index) == committed.id.term
        else { return nil }
        return "\(process.id) removes the committed entry \(committed.id)"
    }
}
