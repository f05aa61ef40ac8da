internal import Bytes

/// The flags of `skiff bench` that describe the load, as texts. Nil stands for a flag that was not given.
///
/// Separate from the command, so that every rule is a function from texts to a plan or to one line of error.
package struct BenchFlags: Sendable {
    package var endpoints: String?
    package var spread: String?
    package var target: String?
    package var mix: String?
    package var workload: String?
    package var keys: String?
    package var keyPrefix: String?
    package var distribution: String?
    package var valueSize: String?
    package var batchSize: String?
    package var isAtomic = false
    package var consistency: String?
    package var connections: String?
    package var pipeline: String?
    package var rate: String?
    package var warmup: String?
    package var duration: String?
    package var requests: String?
    package var threads: String?
    package var seed: String?
    package var timeout: String?
    package var fillsFirst: Bool?
    package var verifies = false

    package init() {}

    /// Parses all flags and checks that they are compatible.
    package func plan() throws(UsageError) -> LoadPlan {
        var plan = LoadPlan(endpoints: try FlagText("--endpoints", endpoints ?? "127.0.0.1:2221").endpoints())
        if let target { plan.target = try FlagText("--target", target).choice() }
        if let spread { plan.spread = try FlagText("--spread", spread).choice() }
        if let consistency { plan.consistency = try FlagText("--consistency", consistency).choice() as ReadConsistency }
        try readWorkload(into: &plan)
        try readLoad(into: &plan)
        try PlanRules.check(plan, flags: self)
        return plan
    }

    private func readWorkload(into plan: inout LoadPlan) throws(UsageError) {
        if mix != nil, workload != nil {
            throw UsageError("--mix and --workload exclude each other: a workload is a mix with a name")
        }
        if let mix { plan.mix = try FlagText("--mix", mix).mix() }
        if let workload {
            let preset: WorkloadPreset = try FlagText("--workload", workload.lowercased()).choice()
            plan.mix = preset.mix
            plan.keys = preset.keys
        }
        if let distribution { plan.keys = try FlagText("--distribution", distribution).keyPattern() }
        plan.keyCount = try FlagText("--keys", keys ?? "100k").count(in: 1...1_000_000_000)
        if let keyPrefix { plan.keyPrefix = keyPrefix }
        if let valueSize { plan.valueSize = try FlagText("--value-size", valueSize).valueSize() }
        if let batchSize {
            plan.batchSize = try FlagText("--batch-size", batchSize).count(in: 1...EngineLimits.batchItemsMax)
        }
        plan.batchIsAtomic = isAtomic
        plan.fillsFirst = fillsFirst ?? plan.mix.contains { Self.kindsThatRead.contains($0.kind) }
        plan.verifies = verifies
    }

    private func readLoad(into plan: inout LoadPlan) throws(UsageError) {
        if duration != nil, requests != nil {
            throw UsageError("--duration and --requests exclude each other: a run has one end")
        }
        if let connections {
            plan.connections = try FlagText("--connections", connections).count(in: 1...EngineLimits.connectionsMax)
        }
        if let pipeline { plan.pipeline = try FlagText("--pipeline", pipeline).count(in: 1...EngineLimits.pipelineMax) }
        if let threads { plan.threads = try FlagText("--threads", threads).count(in: 1...EngineLimits.threadsMax) }
        if let rate { plan.rate = try FlagText("--rate", rate).rate() }
        if let warmup { plan.warmup = try FlagText("--warmup", warmup).duration() }
        if let duration { plan.ending = .after(try positive(FlagText("--duration", duration))) }
        if let requests {
            plan.ending = .afterRequests(try FlagText("--requests", requests).count(in: 1...1_000_000_000_000))
        }
        if let timeout { plan.timeout = try positive(FlagText("--timeout", timeout)) }
        if let seed {
            guard let number = WholeNumber.parse(seed) else {
                throw FlagText("--seed", seed).invalid("expected a whole number from 0 to 2^64 - 1")
            }
            plan.seed = number
        }
    }

    private func positive(_ text: FlagText) throws(UsageError) -> Duration {
        let duration = try text.duration()
        guard duration > .zero else { throw text.invalid("must be above 0") }
        return duration
    }

    /// In an empty store these find no record, and such an answer costs less than a real one.
    private static let kindsThatRead: Set<OperationKind> = [.get, .delete, .compareAndSet, .readModifyWrite]
}
