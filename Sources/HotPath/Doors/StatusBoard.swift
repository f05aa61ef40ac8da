internal import NIOConcurrencyHelpers
package import RaftCore
internal import Synchronization

/// Where the replica publishes its status: hot numbers as atomics once per turn, the rest when it changes.
package final class StatusBoard: Sendable {
    private let applied = Atomic<UInt64>(0)
    private let revisionOfStore = Atomic<UInt64>(0)
    /// The raw value of `StaleReads`.
    private let reads = Atomic<UInt8>(StaleReads.notReady.rawValue)
    private let status: NIOLockedValueBox<NodeStatus>

    package init(_ initial: NodeStatus) {
        status = NIOLockedValueBox(initial)
        if initial.isCaughtUp { publish(staleReads: .served) }
    }

    /// The last index applied on this node, for the header of an answer. Any thread.
    package var appliedIndex: LogIndex { LogIndex(applied.load(ordering: .acquiring)) }
    /// The revision of the last change applied on this node. Any thread.
    package var revision: UInt64 { revisionOfStore.load(ordering: .acquiring) }

    /// Whether this node's state may be shown without asking the leader. Any thread.
    package var staleReads: StaleReads {
        let value = reads.load(ordering: .acquiring)
        guard let staleReads = StaleReads(rawValue: value) else {
            preconditionFailure("\(value) was published for stale reads")
        }
        return staleReads
    }

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
    package func publish(staleReads: StaleReads) { reads.store(staleReads.rawValue, ordering: .releasing) }

    /// Called by the owner of the replica.
    package func update(_ change: (inout NodeStatus) -> Void) {
        status.withLockedValue { change(&$0) }
    }
}
