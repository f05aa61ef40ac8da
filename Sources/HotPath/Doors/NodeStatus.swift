package import RaftCore
internal import NIOConcurrencyHelpers
internal import Synchronization

/// What a node publishes about itself for answers, probes and statistics.
package struct NodeStatus: Sendable {
    package var nodeID: NodeID
    /// 32 hexadecimal digits.
    package var clusterID: String
    package var role: Raft.Role
    package var term: Term
    package var leaderID: NodeID?
    package var lastLogID = LogID.zero
    package var commitIndex = LogIndex.zero
    package var appliedIndex = LogIndex.zero
    package var revision: UInt64 = 0
    package var configuration = Configuration()
    package var configurationIndex = LogIndex.zero
    /// Monotonic nanoseconds since the leader was last heard from; 0 on the leader, nil if never.
    package var lastLeaderContactNanoseconds: UInt64?
    /// On the leader, what it knows of the others.
    package var progress: [FollowerProgress] = []
    /// This node has applied everything that was committed when it last learned of a leader, since its start.
    package var isCaughtUp = false
    package var isShuttingDown = false
    /// Committed entries that are not applied yet.
    package var unappliedEntries: UInt64 { commitIndex.rawValue - min(appliedIndex, commitIndex).rawValue }

    package init(nodeID: NodeID, clusterID: String, role: Raft.Role = .follower, term: Term = .zero) {
        self.nodeID = nodeID
        self.clusterID = clusterID
        self.role = role
        self.term = term
    }
}

/// Where the replica publishes its status: hot numbers as atomics once per turn, the rest when it changes.
package final class StatusBoard: Sendable {
    private let applied = Atomic<UInt64>(0)
    private let revisionOfStore = Atomic<UInt64>(0)
    private let status: NIOLockedValueBox<NodeStatus>

    package init(_ initial: NodeStatus) { status = NIOLockedValueBox(initial) }

    /// The last index applied on this node, for the header of an answer. Any thread.
    package var appliedIndex: LogIndex { LogIndex(applied.load(ordering: .acquiring)) }
    /// The revision of the last change applied on this node. Any thread.
    package var revision: UInt64 { revisionOfStore.load(ordering: .acquiring) }

    /// A consistent copy. Any thread; not for the way of every request.
    package var current: NodeStatus {
        var copy = status.withLockedValue { $0 }
        copy.appliedIndex = appliedIndex
        copy.revision = revision
        return copy
    }

    /// Called by the apply thread after each batch.
    package func publish(appliedIndex: LogIndex, revision: UInt64) {
        applied.store(appliedIndex.rawValue, ordering: .releasing)
        revisionOfStore.store(revision, ordering: .releasing)
    }

    /// Called by the owner of the replica.
    package func update(_ change: (inout NodeStatus) -> Void) {
        status.withLockedValue { change(&$0) }
    }
}
