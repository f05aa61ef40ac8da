internal import HotPath
internal import RaftCore

/// "Each server takes snapshots independently, covering just the committed entries in its log" (paper, 7): what has
/// left a log is committed and in the state machine, and the core remembers the last entry of it as it was committed.
enum CompactedIsCommitted {
    static func breach(by id: NodeID, through compacted: LogID, applied: LogIndex, ledger: Ledger) -> String? {
        guard compacted.index > .zero else { return nil }
        guard let entry = ledger.entry(at: compacted.index) else {
            return "the log of \(id) begins after \(compacted), which is not committed"
        }
        if entry.id != compacted { return "the log of \(id) begins after \(compacted) instead of \(entry.id)" }
        guard applied < compacted.index else { return nil }
        return "the log of \(id) begins after \(compacted), and it has applied \(applied)"
    }
}
