internal import HotPath
internal import RaftCore

extension ScenarioState {
    /// Whether the state is there. Counts begin at `base`; `mark` is what was committed at the last mark.
    func holds(in simulation: Simulation, since base: Tally, mark: LogIndex) -> Bool {
        switch self {
        case .not(let state): return !state.holds(in: simulation, since: base, mark: mark)
        case .leader: return simulation.leader?.replica.hasCommittedInCurrentTerm == true
        case .otherLeader(let target):
            guard let leader = simulation.leader, leader.replica.hasCommittedInCurrentTerm else { return false }
            return leader.node !== simulation.node(of: target)
        case .count(let counter, let comparison, let number):
            let count = Tally(simulation)[counter] - base[counter]
            return switch comparison {
            case .atLeast: count >= number
            case .atMost: count <= number
            case .exactly: count == number
            }
        case .members(let set):
            return simulation.nodes.allSatisfy {
                (simulation.latestConfiguration[$0.id] != nil) == (set & (1 << $0.number) != 0)
            }
        case .equalLog(let target):
            guard let node = simulation.node(of: target), let leader = simulation.leader else { return false }
            let last = leader.replica.lastLogID
            return node.process?.replica.lastLogID == last && node.disk.lastLogID == last
        case .lags(let target, let count):
            guard let process = simulation.node(of: target)?.process, let leader = simulation.leader else {
                return false
            }
            let (mine, its) = (process.replica.lastLogID.index.rawValue, leader.replica.lastLogID.index.rawValue)
            return mine + UInt64(count) <= its
        case .owes(let target, let count):
            guard let process = simulation.node(of: target)?.process else { return false }
            return process.replica.heldMessageCount <= count
        case .node(let target, let aspect):
            guard let node = simulation.node(of: target) else { return false }
            return aspect.holds(of: node, in: simulation, mark: mark)
        case .says(let target, let words):
            guard let process = simulation.node(of: target)?.process else { return false }
            return WhyNoLeader(process.board.current).map { "\($0)" } == words
        }
    }
}

extension ScenarioState.Aspect {
    fileprivate func holds(of node: SimulatedNode, in simulation: Simulation, mark: LogIndex) -> Bool {
        switch self {
        case .isLearner: return simulation.latestConfiguration[node.id]?.role == .learner
        case .isVoter: return simulation.latestConfiguration.isVoter(node.id)
        case .isKnownToMissData: return Self.progress(of: node, in: simulation)?.lostThrough != nil
        case .replicates: return Self.progress(of: node, in: simulation)?.state == .replicate
        case .awaitsUpgrade: return node.awaitsUpgrade
        case .hasOldCopy:
            guard let copy = node.olderDisks.first else { return false }
            return simulation.referee.mayLose(node, leaving: copy.lastLogID.index, simulation)
        default: break
        }
        guard let process = node.process else { return false }
        return switch self {
        case .leads: process.replica.role == .leader && process.replica.hasCommittedInCurrentTerm
        case .follows: process.replica.role == .follower
        case .isReady: process.board.current.isCaughtUp
        case .shows: process.board.staleReads == .served
        case .isRemoved: process.board.current.isRemoved
        case .missesData: process.board.current.missesData
        case .isIdle: process.admission.waitingCommands == 0 && process.admission.waitingBytes == 0
        case .hasAppliedMark: process.stateMachine.appliedIndex >= mark
        case .reads: !process.logReads.isEmpty
        case .refusesEntries: process.board.current.unknownEntry != nil
        case .runs, .isLearner, .isVoter, .isKnownToMissData, .replicates, .hasOldCopy, .awaitsUpgrade: true
        }
    }

    private static func progress(of node: SimulatedNode, in simulation: Simulation) -> FollowerProgress? {
        simulation.leader?.replica.followerProgress.first { $0.id == node.id }
    }
}
