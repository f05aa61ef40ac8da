package import NIOCore

/// Where the control plane's tasks run, and the clock by which they wait: that of the replica's event loop. All time
/// and all concurrency of joins and removals come from here, so that a simulation can own both.
package struct ControlTasks: Sendable {
    package typealias Spawn = @Sendable (_ body: @escaping @Sendable () async -> Void) -> Task<Void, Never>

    private let eventLoop: any EventLoop
    /// Starts a task that nobody waits for.
    let spawn: Spawn

    package init(eventLoop: any EventLoop, spawn: @escaping Spawn = { body in Task { await body() } }) {
        self.eventLoop = eventLoop
        self.spawn = spawn
    }

    var now: NIODeadline { eventLoop.now }

    /// Fails early once the task is cancelled, and once the loop has ended.
    func sleep(for time: TimeAmount) async throws {
        try Task.checkCancellation()
        let timer = eventLoop.scheduleTask(in: time) {}
        try await withTaskCancellationHandler {
            try await timer.futureResult.get()
        } onCancel: {
            timer.cancel()
        }
    }

    /// Negative times are none, and nothing waits longer than an hour.
    package func deadline(inMilliseconds milliseconds: Int) -> Deadline {
        Deadline(end: now + .milliseconds(Int64(max(0, min(milliseconds, 3_600_000)))), tasks: self)
    }
}
