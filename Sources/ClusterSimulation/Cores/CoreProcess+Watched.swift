internal import HotPath
internal import RaftCore

extension CoreProcess {
    var number: Int { node.number }
    var id: NodeID { node.id }
    var slowness: UInt64 { node.slowness }

    var role: Raft.Role { raft.role }
    var currentTerm: Term { raft.currentTerm }
    var leaderID: NodeID? { raft.leaderID }
    var commitIndex: LogIndex { raft.commitIndex }
    var lastLogID: LogID { raft.lastLogID }
    var flushedIndex: LogIndex { raft.flushedIndex }
    var configuration: Configuration { raft.configuration }
    var configurationIndex: LogIndex { raft.configurationIndex }
    var hasCommittedInCurrentTerm: Bool { raft.hasCommittedInCurrentTerm }
    var hardState: HardState { raft.hardState }
    var missesData: Bool { raft.missesData }
    var followerProgress: [FollowerProgress] { raft.followerProgress }
    var featureLevel: UInt8 { raft.featureLevel }
    /// Only whole nodes are given older copies of their disks.
    var isFreshlyStarted: Bool { false }

    var durableHardState: HardState { node.durableHardState }
    var durableLast: LogID { node.durableLast }
    func durableTerm(at index: LogIndex) -> Term? { node.durableTerm(at: index) }
    var appliedIndex: LogIndex { state.applied }
    var stateDigest: UInt64 { state.digest }
    var stateBreach: String? { nil }
}
