internal import HotPath
internal import RaftCore

/// What the world and the rules need to know of a process, whatever it is made of.
protocol WatchedProcess: AnyObject {
    var number: Int { get }
    var id: NodeID { get }
    var life: UInt32 { get }
    var slowness: UInt64 { get }

    // MARK: What its core says

    var role: Raft.Role { get }
    var currentTerm: Term { get }
    var leaderID: NodeID? { get }
    var commitIndex: LogIndex { get }
    var lastLogID: LogID { get }
    var flushedIndex: LogIndex { get }
    var configuration: Configuration { get }
    var configurationIndex: LogIndex { get }
    var hasCommittedInCurrentTerm: Bool { get }
    var hardState: HardState { get }
    /// It lost entries that it had acknowledged and does not hold them again.
    var missesData: Bool { get }
    var followerProgress: [FollowerProgress] { get }
    /// The highest one that it knows.
    var featureLevel: UInt8 { get }
    /// It started less than an election timeout ago and has heard from no leader since.
    var isFreshlyStarted: Bool { get }

    // MARK: What it is known to have

    /// The log as it was accepted. Where a snapshot took the place of entries, it has those that the snapshot stands
    /// for.
    var shadow: ShadowLog { get }
    var durableHardState: HardState { get }
    var durableLast: LogID { get }
    func durableTerm(at index: LogIndex) -> Term?
    /// A snapshot has taken the place of its log on disk, and its core does not know yet.
    var isLogReplaced: Bool { get }
    var appliedIndex: LogIndex { get }
    /// Stands for the state after the applied entries.
    var stateDigest: UInt64 { get }
    /// Where its state machine did otherwise than it should, if it did.
    var stateBreach: String? { get }

    // MARK: Messages

    func linkOpened(to peer: NodeID)
    func peerUnreachable(_ peer: NodeID)
    func receive(_ message: PeerMessage, from peer: NodeID) -> PeerRefusal?

    // MARK: Remembered by the world and the rules

    var isTurnScheduled: Bool { get set }
    var roleSeen: Raft.Role { get set }
    var commitSeen: LogIndex { get set }
    var appliedSeen: LogIndex { get set }
    var configurationSeen: LogIndex { get set }
    var termSeen: Term { get set }
    var stalledAsLeader: Bool { get set }
    /// As the leader of a term: by node, the last entry that was sent to it.
    var sent: (term: Term, through: [LogIndex]) { get set }
    /// A message was replayed that was sent in an earlier session.
    var hasMetReplay: Bool { get set }
}

extension WatchedProcess {
    /// The term in which it has led in this turn, at whose end it may have stepped down.
    var termOfCommit: Term { role == .leader ? currentTerm : termSeen }

    var isLogReplaced: Bool { false }
}
