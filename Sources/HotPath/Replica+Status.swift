package import RaftCore

/// The replica's own account of itself.
extension Replica {
    /// The replica's clock.
    package var now: Instant { ports.timekeeper.now }
    package var role: Raft.Role { raft.role }
    package var currentTerm: Term { raft.currentTerm }
    package var leaderID: NodeID? { raft.leaderID }
    package var configuration: Configuration { raft.configuration }
    package var hasCommittedInCurrentTerm: Bool { raft.hasCommittedInCurrentTerm }
    package var followerProgress: [FollowerProgress] { raft.followerProgress }
    /// The first entry in the ring, or the next one to come.
    package var firstIndexInMemory: LogIndex { raft.firstIndexInMemory }
    /// Size of the entries in the ring, in bytes.
    package var entryRingBytes: Int { ring.bytes }
    /// Messages that wait until the log is durable.
    package var heldMessageCount: Int { heldMessages.count }
    package var lastLogID: LogID { raft.lastLogID }
    /// The last entry that neither the disk nor the memory has any more.
    package var compactedLogID: LogID { raft.compactedLogID }
    package var commitIndex: LogIndex { raft.commitIndex }
    /// The last index that the log thread has reported durable.
    package var flushedIndex: LogIndex { raft.flushedIndex }
    package var configurationIndex: LogIndex { raft.configurationIndex }
    package var isConfigurationCommitted: Bool { raft.isConfigurationCommitted }
    package var hardState: HardState { raft.hardState }
    /// What the applied entries say of members, and of former ones, whose data differ.
    package var verdicts: [Verdict] { standing.verdicts }
    /// This node lost entries that it had acknowledged and does not hold them again.
    package var missesData: Bool { raft.missesData }
    /// Somebody said that this node is no member any more, and it believes that.
    package var isToldRemoved: Bool { raft.isToldRemoved }

    /// Hot numbers each turn; whatever costs an allocation only when it changed, and ten times a second.
    func publishStatus(now: Instant) {
        noteCatchingUp(now: now)
        let withDetails = now >= standing.statusDetailsDue
        ports.board.update { status in
            status.lastLogID = raft.lastLogID
            status.commitIndex = raft.commitIndex
            status.knownCommitIndex = raft.knownCommitIndex
            status.lastLeaderContactNanoseconds =
                raft.role == .leader ? 0 : raft.lastLeaderContact.map { now.nanoseconds(since: $0) }
            guard withDetails else { return }
            status.role = raft.role
            status.term = raft.currentTerm
            status.leaderID = raft.leaderID
            status.configuration = raft.configuration
            status.configurationIndex = raft.configurationIndex
            status.reachableVoters = reachableVoters
            status.progress = raft.followerProgress
            status.isCaughtUp = isCaughtUp
            status.isRemoved = standing.isRemoved
            status.fence = standing.fence
            status.lostData = raft.hardState.lostData
            status.missesData = raft.missesData
            status.unknownEntry = raft.unknownEntry
            status.alarms = standing.alarms
            status.condemning = standing.condemning
            status.unreadable = standing.unreadable
            status.lastAgreedIndex = controlWaits.comparisons.lastAgreed
            status.compacted = raft.compactedLogID
            status.snapshotTransfers = ports.snapshots.transfers
            status.logTimes = ports.logWriter.times
        }
        if withDetails { standing.statusDetailsDue = now.advanced(byNanoseconds: 100_000_000) }
    }

    /// Whether this node is a member no more, or one again. Whoever waits for something here that only a member gets is
    /// answered then.
    func noteRemoval(now: Instant) {
        guard raft.isRemoved != standing.isRemoved else { return }
        standing.isRemoved.toggle()
        standingChanged(now: now)
    }

    /// Ends or begins that this node serves nothing because another cluster takes it for its member. Owner's thread.
    package func setFence(_ fence: Fence?) {
        guard fence != standing.fence else { return }
        standing.fence = fence
        standingChanged(now: ports.timekeeper.now)
        ports.mailbox.requestTurn()
    }

    func standingChanged(now: Instant) {
        standing.statusDetailsDue = now
        ports.board.publish(staleReads: standing.staleReads)
        if let refusal = standing.refusal { failAllReads(refusal) }
    }

    /// Whether the leader sends what this node does not know.
    func noteUnknownEntry(now: Instant) {
        let unknown = raft.unknownEntry
        guard unknown != standing.unknownEntry else { return }
        standing.unknownEntry = unknown
        standing.statusDetailsDue = now
        guard let unknown else { return }
        failReadsThatAwait(unknown)
        onTrouble(.unknownEntry(unknown, known: raft.featureLevel))
    }

    /// Once after each start. The apply thread wakes the replica as long as this is open.
    private func noteCatchingUp(now: Instant) {
        guard !standing.hasCaughtUp, raft.hasCaughtUp(applied: ports.stateMachine.appliedIndex) else { return }
        standing.hasCaughtUp = true
        standing.statusDetailsDue = now
        ports.board.publish(staleReads: standing.staleReads)
    }

    private var reachableVoters: Int {
        raft.configuration.members.count { member in
            member.role == .voter && (member.id == raft.id || ports.links.isLinked(to: member.id))
        }
    }

    /// Ready for traffic: knows a leader, and has applied all that the leader knows to be committed but for a short
    /// tail.
    private var isCaughtUp: Bool {
        guard standing.hasCaughtUp, raft.leaderID != nil, raft.configuration[raft.id] != nil, raft.unknownEntry == nil
        else { return false }
        let applied = ports.stateMachine.appliedIndex
        if raft.role == .leader { return raft.hasCaughtUp(applied: applied) }
        let committed = raft.knownCommitIndex
        return committed.rawValue - min(applied, committed).rawValue < ReplicaLimits.unappliedEntriesOfReady
    }
}
