internal import HotPath
internal import RaftCore

/// What a cluster must do once all faults are over: have one leader, serve writes and reads, and bring all members to
/// the same state with nobody left waiting.
struct Recovery {
    private enum Stage {
        case serving, converging
    }

    private var stage = Stage.serving
    private var acknowledgedBefore: Int?
    private var readsBefore = 0
    /// The first thing that is not as it must be.
    private(set) var missing: String?

    /// Looks at the cluster. True once it is whole.
    mutating func isDone(_ simulation: Simulation) -> Bool {
        if acknowledgedBefore == nil {
            acknowledgedBefore = simulation.oracle.acknowledged
            readsBefore = simulation.oracle.readsServed
        }
        switch stage {
        case .serving:
            missing = whatIsNotServed(simulation)
            guard missing == nil else { return false }
            simulation.isQuiet = true
            stage = .converging
            return false
        case .converging:
            missing = whatDiffers(simulation)
            return missing == nil
        }
    }

    private func whatIsNotServed(_ simulation: Simulation) -> String? {
        guard let leader = simulation.leader, leader.replica.hasCommittedInCurrentTerm else {
            return "no leader commits"
        }
        if simulation.oracle.acknowledged < (acknowledgedBefore ?? 0) + 3 { return "no writes are acknowledged" }
        if simulation.oracle.readsServed < readsBefore + 1 { return "no linearizable reads are served" }
        return nil
    }

    private func whatDiffers(_ simulation: Simulation) -> String? {
        guard simulation.nodes.allSatisfy({ $0.isRunning || $0.isOutOfService }) else { return "a node does not run" }
        let leaders = simulation.nodes.filter { $0.process?.replica.role == .leader }
        guard leaders.count == 1, let leader = leaders[0].process else { return "\(leaders.count) nodes lead" }
        let last = leader.replica.lastLogID
        guard leader.replica.commitIndex == last.index, simulation.referee.ledger.lastIndex == last.index else {
            return "the leader has committed \(leader.replica.commitIndex) of \(last)"
        }
        for node in simulation.nodes where leader.replica.configuration[node.id] != nil {
            guard let process = node.process else { continue }
            if process.replica.leaderID != leader.node.id { return "\(node.id) does not follow \(leader.node.id)" }
            if process.replica.lastLogID != last || node.disk.lastLogID != last {
                return "\(node.id) has its log through \(process.replica.lastLogID), the leader through \(last)"
            }
            if process.stateMachine.appliedIndex != last.index {
                return "\(node.id) has applied \(process.stateMachine.appliedIndex) of \(last)"
            }
        }
        for process in simulation.nodes.compactMap(\.process) where process.admission.waitingCommands != 0 {
            return "\(process.admission.waitingCommands) requests wait on \(process.node.id)"
        }
        if simulation.clients.openCount != 0 { return "\(simulation.clients.openCount) clients wait" }
        return nil
    }
}
