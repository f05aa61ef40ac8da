internal import NIOConcurrencyHelpers
package import RaftCore
internal import Synchronization

/// Where the replica publishes its status: hot numbers as atomics once per turn, the rest when it changes.
package final class StatusBoard: Sendable {
    private let applied = Atomic<UInt64>(0)
    private let revisionOfStore = Atomic<UInt64>(0)
    private let readable: Atomic<Bool>
    private let status: NIOLockedValueBox<NodeStatus>

    package init(_ initial: NodeStatus) {
        status = NIOLockedValueBox(initial)
        readable = Atomic(initial.isCaughtUp)
    }

    /// The last index applied on this node, for the header of an answer. Any thread.
    package var appliedIndex: LogIndex { LogIndex(applied.load(ordering: .acquiring)) }
    /// The revision of the last change applied on this node. Any thread.
    package var revision: UInt64 { revisionOfStore.load(ordering: .acquiring) }

    /// Whether this node's state may be shown without asking the leader. Not before it holds what it held before it was
    /// started: after a crash that has to be applied again. Any thread.
    package var servesStaleReads: Bool { readable.load(ordering: .acquiring) }

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
    package func publish(servesStaleReads: Bool) { readable.store(servesStaleReads, ordering: .releasing) }

    /// Called by the owner of the replica.
    package func update(_ change: (inout NodeStatus) -> Void) {
        status.withLockedValue { change(&$0) }
    }
}
