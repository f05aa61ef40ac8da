internal import HotPath
internal import RaftCore

/// "State Machine Safety: if a server has applied a log entry at a given index to its state machine, no other server
/// will ever apply a different log entry for the same index." (paper, figure 3)
enum StateMachineSafety {
    static func breach(by process: any WatchedProcess, ledger: Ledger) -> String? {
        let applied = process.appliedIndex
        guard applied <= ledger.lastIndex else {
            return "\(process.id) has applied \(applied), and \(ledger.lastIndex) is committed"
        }
        if process.stateDigest != ledger.digests[Int(applied.rawValue)] {
            return "the state of \(process.id) differs from what is committed through \(applied)"
        }
        // Applied "entries … committed, and durable on this node" (`Raft.publishApplyThrough`).
        guard process.durableTerm(at: applied) == ledger.entry(at: applied)?.id.term ?? .zero else {
            return "\(process.id) has applied \(applied), and its disk does not have it"
        }
        return nil
    }
}
