internal import NIOCore

/// The end of a control request's time, on the clock of the control plane.
package struct Deadline: Sendable {
    private let end: NIODeadline
    private let tasks: ControlTasks

    init(end: NIODeadline, tasks: ControlTasks) {
        self.end = end
        self.tasks = tasks
    }

    package var remainingMilliseconds: Int {
        let now = tasks.now
        return now < end ? Int((end - now).nanoseconds / 1_000_000) : 0
    }

    /// Waits a little before another try. False once the time is up, or the task is cancelled.
    package func pause() async -> Bool {
        guard tasks.now < end else { return false }
        do {
            try await tasks.sleep(for: .milliseconds(10))
            return true
        } catch {
            return false
        }
    }

    /// Another end, counted from now.
    func other(inMilliseconds milliseconds: Int) -> Deadline { tasks.deadline(inMilliseconds: milliseconds) }
}
