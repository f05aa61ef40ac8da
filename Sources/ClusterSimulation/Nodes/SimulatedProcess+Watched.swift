internal import HotPath
internal import RaftCore

extension SimulatedProcess: WatchedProcess {
    var number: Int { node.number }
    var id: NodeID { node.id }
    var slowness: UInt64 { node.slowness }

    var role: Raft.Role { replica.role }
    var currentTerm: Term { replica.currentTerm }
    var leaderID: NodeID? { replica.leaderID }
    var commitIndex: LogIndex { replica.commitIndex }
    var lastLogID: LogID { replica.lastLogID }
    var flushedIndex: LogIndex { replica.flushedIndex }
    var configuration: Configuration { replica.configuration }
    var configurationIndex: LogIndex { replica.configurationIndex }
    var hasCommittedInCurrentTerm: Bool { replica.hasCommittedInCurrentTerm }
    var hardState: HardState { replica.hardState }
    var missesData: Bool { replica.missesData }
    var followerProgress: [FollowerProgress] { replica.followerProgress }
    var featureLevel: UInt8 { raftSettings.featureLevel }
    var isFreshlyStarted: Bool { !hasHeardLeader && ports.now < abstentionEnd }

    var durableHardState: HardState { node.durableHardState }
    var durableLast: LogID { node.durableLast }
    func durableTerm(at index: LogIndex) -> Term? { node.durableTerm(at: index) }
    var isLogReplaced: Bool { snapshots.installed != nil }
    var appliedIndex: LogIndex { stateMachine.appliedIndex }
    var stateDigest: UInt64 { stateMachine.reference.digest }
    var stateBreach: String? { stateMachine.breach }

    func linkOpened(to peer: NodeID) {
        levelsTold[peer] = ports.featureLevel(of: peer)
        replica.linkOpened(to: peer)
    }
    func peerUnreachable(_ peer: NodeID) {
        levelsTold[peer] = nil
        replica.peerUnreachable(peer)
    }
    func receive(_ message: PeerMessage, from peer: NodeID) -> PeerRefusal? {
        membership.note(message)
        if message.isOfLeader { hasHeardLeader = true }
        return replica.receive(message, from: peer)
    }
}

extension PeerMessage {
    /// Only a leader sends such a message.
    fileprivate var isOfLeader: Bool {
        guard case .raft(let message, _) = self else { return false }
        return switch message.body {
        case .appendEntriesRequest, .installSnapshotRequest: true
        default: false
        }
    }
}
