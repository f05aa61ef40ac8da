internal import HotPath
internal import RaftCore

/// "State Machine Safety: if a server has applied a log entry at a given index to its state machine, no other server
/// will ever apply a different log entry for the same index." (paper, figure 3)
enum StateMachineSafety {
    static func breach(by process: SimulatedProcess, ledger: Ledger) -> String? {
        let applied = process.stateMachine.appliedIndex
        guard applied <= ledger.lastIndex else {
            return "\(process.node.id) has applied \(applied), and \(ledger.lastIndex) is committed"
        }
        if process.stateMachine.reference.digest != ledger.digests[Int(applied.rawValue)] {
            return "the state of \(process.node.id) differs from what is committed through \(applied)"
        }
        guard process.node.disk.lastLogID.index >= applied else {
            return """
                \(process.node.id) has applied \(applied), and its log on disk ends at \
                \(process.node.disk.lastLogID.index)
                """
        }
        return nil
    }
}
