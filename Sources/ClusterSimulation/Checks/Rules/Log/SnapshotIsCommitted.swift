internal import HotPath
internal import RaftCore

/// A snapshot holds "the last included index", "the last included term" and "the latest configuration in the log as of
/// last included index" (paper, 7), and what the committed entries up to there make of the data: nothing else may ever
/// take the place of a log.
enum SnapshotIsCommitted {
    /// Only the leader of a term announces a snapshot in it: whoever hears of it takes its sender for the leader.
    static func breach(of message: Message, by process: any WatchedProcess) -> String? {
        guard case .installSnapshotRequest = message.body,
            process.role != .leader || message.term != process.currentTerm
        else { return nil }
        return "\(process.id) announces a snapshot in term \(message.term), and does not lead there"
    }

    /// A node is about to install a snapshot; that it holds the right state is compared afterwards.
    static func breach(of installation: SnapshotInstallation, by id: NodeID, ledger: Ledger) -> String? {
        let last = installation.lastIncluded
        guard let entry = ledger.entry(at: last.index) else {
            return "\(id) installs a snapshot through \(last), which is not committed"
        }
        if entry.id != last { return "\(id) installs a snapshot through \(last) instead of \(entry.id)" }
        guard installation.configuration != ledger.configuration(at: last.index) else { return nil }
        return "\(id) installs another configuration than the latest through \(last)"
    }

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
