internal import HotPath
internal import NIOCore

/// The replica as other threads and tasks see it: every call runs on its event loop.
final class ReplicaHandle: @unchecked Sendable {
    // Checked by hand: `replica` is set once, on `eventLoop`, before the node serves, and only touched there.
    package let eventLoop: any EventLoop
    let tasks: ControlTasks
    private var replica: Replica?

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
