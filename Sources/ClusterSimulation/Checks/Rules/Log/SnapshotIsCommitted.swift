internal import HotPath
internal import RaftCore

/// A snapshot holds "the last included index", "the last included term" and "the latest configuration in the log as of
/// last included index" (paper, 7), and what the committed entries up to there make of the data: nothing else may ever
/// take the place of a log.
enum SnapshotIsCommitted {
    static func breach(of snapshot: Snapshot, ledger: Ledger) -> String? {
        let last = snapshot.request.lastIncluded
        guard let entry = ledger.entry(at: last.index) else {
            return "a snapshot of \(snapshot.sender) goes through \(last), which is not committed"
        }
        if entry.id != last { return "a snapshot of \(snapshot.sender) goes through \(last) instead of \(entry.id)" }
        if snapshot.state.applied != last.index || snapshot.state.digest != ledger.digests[Int(last.index.rawValue)] {
            return "a snapshot of \(snapshot.sender) has another state than what is committed through \(last)"
        }
        guard snapshot.request.configuration != ledger.configuration(at: last.index) else { return nil }
        return "a snapshot of \(snapshot.sender) has another configuration than the latest through \(last)"
    }
}
