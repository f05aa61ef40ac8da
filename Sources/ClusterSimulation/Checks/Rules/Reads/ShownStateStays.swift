internal import HotPath
internal import RaftCore

/// What a node shows without asking the leader is never older than what it had applied before a crash. It relies on the
/// links, which bring a process nothing that was sent to an earlier one: a request of a leader that has crashed since
/// says that the node is up to date although it is not. So a process into which an old message was replayed is exempt.
enum ShownStateStays {
    static func breach(by process: SimulatedProcess) -> String? {
        guard process.board.staleReads == .served else { return nil }
        let applied = process.stateMachine.appliedIndex
        guard applied < process.node.appliedBefore, !process.hasMetReplay else { return nil }
        return "\(process.node.id) shows its state as of \(applied), and had applied \(process.node.appliedBefore)"
    }
}
