internal import ClusterControl
internal import HotPath
internal import NIOCore
internal import RaftCore

/// The replica as other threads and tasks see it: every call runs on its event loop.
final class ReplicaHandle: @unchecked Sendable {
    // Checked by hand: `replica` and `promotions` are only touched on `eventLoop`; the replica is set once, before the
    // node serves.
    package let eventLoop: any EventLoop
    let tasks: ControlTasks
    private var replica: Replica?
    /// Learners that become voters once they have caught up, although nobody waits for it any more.
    private var promotions: [NodeID: Task<Void, Never>] = [:]
    /// The cluster that takes this node for its member, and those that an operator does not heed.
    private var fencingCluster: ClusterID?
    private var clustersIgnored: Set<ClusterID> = []

    init(eventLoop: any EventLoop, tasks: ControlTasks) {
        self.eventLoop = eventLoop
        self.tasks = tasks
    }

    /// Once, on `eventLoop`.
    func set(_ replica: Replica) {
        eventLoop.preconditionInEventLoop()
        precondition(self.replica == nil, "a node has one replica")
        self.replica = replica
    }

    /// On `eventLoop`, at the very end.
    func clear() {
        eventLoop.preconditionInEventLoop()
        replica = nil
    }

    /// On `eventLoop`.
    var isSet: Bool {
        eventLoop.preconditionInEventLoop()
        return replica != nil
    }

    /// On `eventLoop`; before `set` it does nothing.
    func turn() {
        eventLoop.preconditionInEventLoop()
        replica?.turn()
    }

    /// On `eventLoop`, after `set`.
    func withReplica<Result>(_ body: (Replica) -> Result) -> Result {
        eventLoop.preconditionInEventLoop()
        guard let replica else { preconditionFailure("the replica is used before the node started") }
        return body(replica)
    }

    /// Runs `body` on the loop and returns its result. Control plane only.
    func onLoop<Result: Sendable>(_ body: @escaping @Sendable (Replica) -> Result) async -> Result {
        await withCheckedContinuation { continuation in
            eventLoop.execute { continuation.resume(returning: self.withReplica(body)) }
        }
    }

    // MARK: The fence

    /// The cluster takes this node, which is one of its own, for its member. Whether that is news. On `eventLoop`.
    func fence(_ fence: Fence, _ cluster: ClusterID) -> Bool {
        eventLoop.preconditionInEventLoop()
        guard fencingCluster == nil, !clustersIgnored.contains(cluster) else { return false }
        fencingCluster = cluster
        withReplica { $0.setFence(fence) }
        return true
    }

    /// An operator says that the cluster is mistaken. Returns it; nil if there is no fence. On `eventLoop`.
    func liftFence() -> ClusterID? {
        eventLoop.preconditionInEventLoop()
        guard let cluster = fencingCluster else { return nil }
        clustersIgnored.insert(cluster)
        fencingCluster = nil
        withReplica { $0.setFence(nil) }
        return cluster
    }

    /// The node has joined a cluster: the fence has gone with its former replica's state. On `eventLoop`.
    func forgetFence() {
        eventLoop.preconditionInEventLoop()
        fencingCluster = nil
    }

    /// Ends the promotion of a node that was asked for before, if there is one, in favour of another or of none: what
    /// was asked for one membership of a node does not hold for the next.
    func replacePromotion(of id: NodeID, with promotion: Task<Void, Never>?) async {
        await withCheckedContinuation { continuation in
            eventLoop.execute {
                self.promotions[id]?.cancel()
                self.promotions[id] = promotion
                continuation.resume()
            }
        }
    }

    /// Starts something on the loop that finishes by calling back once.
    func waiting<Result: Sendable>(
        _ body: @escaping @Sendable (Replica, @escaping @Sendable (Result) -> Void) -> Void
    ) async -> Result {
        await withCheckedContinuation { continuation in
            eventLoop.execute { self.withReplica { body($0) { continuation.resume(returning: $0) } } }
        }
    }

    /// The same, but nil once the deadline has passed; what is reported later is dropped.
    func waiting<Result: Sendable>(
        until deadline: Deadline,
        _ body: @escaping @Sendable (Replica, @escaping @Sendable (Result) -> Void) -> Void
    ) async -> Result? {
        await withCheckedContinuation { (continuation: CheckedContinuation<Result?, Never>) in
            eventLoop.execute { [self] in
                let open = NIOLoopBoundBox(Optional(continuation), eventLoop: eventLoop)
                let answer = { @Sendable (result: Result?) in
                    let waiter = open.value
                    open.value = nil
                    waiter?.resume(returning: result)
                }
                let timer = eventLoop.scheduleTask(in: .milliseconds(Int64(deadline.remainingMilliseconds))) {
                    answer(nil)
                }
                withReplica {
                    body($0) { result in
                        timer.cancel()
                        answer(result)
                    }
                }
            }
        }
    }
}
