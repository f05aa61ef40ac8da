internal import HotPath
internal import RaftCore

/// What a cluster must do once all faults are over: have one leader, serve writes and reads, and bring all members to
/// the same state with nobody left waiting.
struct Recovery {
    private enum Stage {
        case serving, converging
    }

    private var stage = Stage.serving
    private var servedBefore: World.Served?
    /// The first thing that is not as it must be.
    private(set) var missing: String?

    /// Looks at the cluster. True once it is whole.
    mutating func isDone(_ world: World) -> Bool {
        if servedBefore == nil { servedBefore = world.served }
        switch stage {
        case .serving:
            missing = whatIsNotServed(world)
            guard missing == nil else { return false }
            world.isQuiet = true
            stage = .converging
            return false
        case .converging:
            missing = whatDiffers(world) ?? world.whoWaits
            return missing == nil
        }
    }

    private func whatIsNotServed(_ world: World) -> String? {
        guard let leader = world.leading, leader.hasCommittedInCurrentTerm else { return "no leader commits" }
        let before = servedBefore ?? World.Served()
        if world.served.writes < before.writes + 3 { return "no writes are acknowledged" }
        if world.served.reads < before.reads + 1 { return "no linearizable reads are served" }
        return nil
    }

    private func whatDiffers(_ world: World) -> String? {
        guard world.watched.allSatisfy({ $0.running != nil || $0.isOutOfService }) else { return "a node does not run" }
        let leaders = world.watched.compactMap(\.running).filter { $0.role == .leader }
        guard leaders.count == 1, let leader = leaders.first else { return "\(leaders.count) nodes lead" }
        let last = leader.lastLogID
        guard leader.commitIndex == last.index, world.referee.ledger.lastIndex == last.index else {
            return "the leader has committed \(leader.commitIndex) of \(last)"
        }
        let members = leader.configuration
        for node in world.watched where members[node.id] != nil {
            guard let process = node.running else { continue }
            if process.missesData { return "\(node.id) does not hold again what it had acknowledged" }
            if process.leaderID != leader.id { return "\(node.id) does not follow \(leader.id)" }
            if process.lastLogID != last || node.durableLast != last {
                return "\(node.id) has its log through \(process.lastLogID), the leader through \(last)"
            }
            if process.appliedIndex != last.index { return "\(node.id) has applied \(process.appliedIndex) of \(last)" }
        }
        return nil
    }
}
