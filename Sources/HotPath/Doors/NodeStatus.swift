package import RaftCore

/// A node's own account of itself, for answers, probes and statistics.
package struct NodeStatus: Sendable {
    package var nodeID: NodeID
    /// 32 hexadecimal digits.
    package var clusterID: String
    package var role: Raft.Role
    package var term: Term
    package var leaderID: NodeID?
    package var lastLogID = LogID.zero
    package var commitIndex = LogIndex.zero
    /// The highest index that a leader said to be committed, which the log of this node may not reach yet.
    package var knownCommitIndex = LogIndex.zero
    package var appliedIndex = LogIndex.zero
    package var revision: UInt64 = 0
    package var configuration = Configuration()
    package var configurationIndex = LogIndex.zero
    /// The voters with which this node has a link, and itself if it is one.
    package var reachableVoters = 0
    /// Monotonic nanoseconds since the leader was last heard from; 0 on the leader, nil if never.
    package var lastLeaderContactNanoseconds: UInt64?
    /// On the leader, what it knows of the others.
    package var progress: [FollowerProgress] = []
    /// This node knows a leader, has applied everything that was committed when it first learned of one after its
    /// start, and lacks but a short tail of what is committed by now.
    package var isCaughtUp = false
    /// This node lost entries that it had acknowledged. Set as long as that has consequences.
    package var lostData: LostData?
    /// It does not hold them again yet.
    package var missesData = false
    /// The entry from which on this node takes nothing of its leader, because its release does not know what it is.
    package var unknownEntry: UnknownEntry?
    /// This node was a member of its cluster and is none any more.
    package var isRemoved = false
    /// Why it serves nothing, although it is a cluster of its own.
    package var fence: Fence?
    /// Which members are known to hold other data than the others, or that some do.
    package var alarms: [Verdict] = []
    /// The alarm that says so of this node: it serves nothing.
    package var condemning: Verdict?
    /// Why a part of the key-value data of this node cannot be read. It serves what does not need that part.
    package var unreadable: StoreFailure?
    /// On the leader, the last entry at which the data of members were compared and agreed.
    package var lastAgreedIndex: LogIndex?
    /// The last entry that has left this node's log: the data on disk stand for it.
    package var compacted = LogID.zero
    /// The snapshots that this node sends or receives now.
    package var snapshotTransfers: [SnapshotProgress] = []
    /// The longest write and sync of its log within the last minute.
    package var logTimes = LogTimes()
    package var isShuttingDown = false
    /// Committed entries that are not applied yet.
    package var unappliedEntries: UInt64 { commitIndex.rawValue - min(appliedIndex, commitIndex).rawValue }

    /// Entries that are committed in the cluster, as far as this node knows, and are not applied here.
    package var missingEntries: UInt64 { knownCommitIndex.rawValue - min(appliedIndex, knownCommitIndex).rawValue }

    package init(nodeID: NodeID, clusterID: String, role: Raft.Role = .follower, term: Term = .zero) {
        self.nodeID = nodeID
        self.clusterID = clusterID
        self.role = role
        self.term = term
    }
}
