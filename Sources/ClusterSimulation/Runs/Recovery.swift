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
    /// The time of the simulation at which the cluster is late.
    private(set) var deadline: UInt64

    /// Begins now, when all faults have ended.
    init(of world: World) { deadline = Self.deadline(from: world) }

    /// Some of the longest election timeouts, and what the member that lacks the most needs to catch up: where the
    /// limits are small and the leader has to read its log, a message brings one entry.
    private static func deadline(from world: World) -> UInt64 {
        let members = world.latestConfiguration
        let nodes = world.watched.filter { members[$0.id] != nil && !$0.isOutOfService }
        let lasts = nodes.map(\.durableLast.index.rawValue)
        let behind = (lasts.max() ?? 0) - (lasts.min() ?? 0)
        return world.now + timeouts * world.settings.electionTimeoutMax + behind * timePerEntry
    }

    private static let timeouts: UInt64 = 40
    /// In calm weather the slowest read of the log, the slowest sync, and the ways there and back.
    private static let timePerEntry: UInt64 = 5_000_000 + Weather.calm.syncMax + 2 * Weather.calm.delayMax

    /// Looks at the cluster. True once it is whole.
    mutating func isDone(_ world: World) -> Bool {
        if servedBefore == nil { servedBefore = world.served }
        switch stage {
        case .serving:
            missing = whatIsNotServed(world)
            guard missing == nil else { return false }
            world.becomeQuiet()
            stage = .converging
            deadline = Self.deadline(from: world)
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
