internal import Bytes
internal import NIOCore
internal import NIOPosix

/// One run of a plan: opens the connections, fills, warms up, measures, drains and verifies, as the plan says.
package final class LoadRun: Sendable {
    private let plan: LoadPlan
    private let onProgress: (@Sendable (LoadProgress) -> Void)?
    private let control = RunControl()

    /// `onProgress` is called about once per second, on the thread that called `run`.
    package init(plan: LoadPlan, onProgress: (@Sendable (LoadProgress) -> Void)? = nil) {
        self.plan = plan
        self.onProgress = onProgress
    }

    /// Blocks the calling thread until the run has ended. Call once.
    package func run() throws(LoadError) -> LoadResult {
        try PlanCheck.check(plan)
        var plan = plan
        plan.threads = min(plan.threads, plan.connections)
        let keys = SharedKeys()
        let started = UInt64(MonotonicClock.wallSeconds() * 1e6) ^ (MonotonicClock.now() << 20)
        let picker = KeyPicker(
            plan.keys, keyCount: plan.keyCount, inFlightMax: plan.connections * plan.pipeline, shared: keys)
        let setup = RunSetup(
            plan: plan, pool: ValuePool(seed: plan.seed, longest: plan.valueSize.largest), keys: keys, control: control,
            board: RunBoard(loopCount: plan.threads), runID: SplitMix64.scramble(plan.seed ^ started) >> 24,
            picker: picker, timeout: plan.timeout.nanoseconds, loopCount: plan.threads)
        let group = MultiThreadedEventLoopGroup(numberOfThreads: plan.threads)
        defer { Self.shutDown(group) }
        return try LoadDirector(setup: setup, group: group, onProgress: onProgress).run()
    }

    private static func shutDown(_ group: MultiThreadedEventLoopGroup) {
        do {
            try group.syncShutdownGracefully()
        } catch {
            preconditionFailure("the threads of the generator cannot be ended: \(error)")
        }
    }

    /// Ends the run in any phase, with a result of what was measured so far. An interrupted run is not verified. Any
    /// thread; further calls do nothing.
    package func interrupt() { control.interrupt() }
}
