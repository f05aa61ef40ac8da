internal import Bytes
internal import Histogram

/// Combines the measurements of the event loops into one result.
struct ResultAssembly {
    let plan: LoadPlan
    let times: LoadLoop.Times
    let startedAt: Double
    let loops: [LoopResult]
    let processorCount: Int

    func result(
        intervals: [IntervalResult], verification: VerificationResult?, wasInterrupted: Bool
    ) -> LoadResult {
        var measurements = Measurements(plan: plan)
        for loop in loops { measurements.add(loop.measurements) }
        let operations = makeOperations(measurements)
        let health = makeHealth()
        let failures = measurements.failures.map { reason, failures in
            FailureCount(reason: reason.text, count: failures.count, service: failures.service)
        }
        return LoadResult(
            plan: plan, startedAt: startedAt, elapsedSeconds: elapsedSeconds,
            sendingSeconds: seconds(until: loops.map(\.sendingEnd).max() ?? 0), operations: operations,
            endpoints: makeEndpoints(measurements), intervals: intervals,
            failures: failures.sorted { ($0.count, $1.reason) > ($1.count, $0.reason) }, generator: health,
            verification: verification, wasInterrupted: wasInterrupted,
            longestGapSeconds: Double(SuccessGaps.longestCommon(loops.map(\.gaps))) / 1e9,
            bytesSent: measurements.bytesSent, bytesReceived: measurements.bytesReceived,
            invalidReasons: invalidReasons(operations, health))
    }

    private var elapsedSeconds: Double {
        seconds(until: loops.map { max($0.sendingEnd, $0.lastAnswer) }.max() ?? 0)
    }

    /// From the start of the measurement.
    private func seconds(until end: UInt64) -> Double { Double(end - min(times.measureStart, end)) / 1e9 }

    private func makeEndpoints(_ measurements: Measurements) -> [EndpointResult] {
        zip(plan.endpoints, measurements.endpoints).map { endpoint, tally in
            EndpointResult(
                name: endpoint.description, succeeded: tally.succeeded, failed: tally.failed,
                failedConnects: tally.failedConnects, service: tally.service)
        }
    }

    private func makeOperations(_ measurements: Measurements) -> [OperationResult] {
        OperationKind.allCases.compactMap { kind in
            guard let measured = measurements.kinds[kind.position], measured.succeeded + measured.failed > 0 else {
                return nil
            }
            return OperationResult(
                kind: kind, succeeded: measured.succeeded, failed: measured.failed,
                itemsSucceeded: measured.itemsSucceeded, missed: measured.missed,
                latency: measured.latency ?? measured.service, service: measured.service,
                failureLatency: measured.failureLatency)
        }
    }

    private func makeHealth() -> GeneratorHealth {
        GeneratorHealth(
            lateSends: loops.reduce(0) { $0 + $1.lateSends }, lateSendMax: loops.map(\.lateSendMax).max() ?? 0,
            queuedSends: loops.reduce(0) { $0 + $1.queuedSends }, unsent: loops.reduce(0) { $0 + $1.unsent },
            stalled: loops.map(\.stalled).max() ?? 0, longestStall: loops.map(\.longestStall).max() ?? 0,
            cpuShare: loops.isEmpty ? 0 : loops.reduce(0) { $0 + $1.cpuShare } / Double(loops.count))
    }

    // MARK: Validity

    /// Only faults of the generator itself, and a server that never answered. A server that is too slow for the rate of
    /// an open loop makes starts queue; the latencies show that, and it is no reason to distrust them.
    private func invalidReasons(_ operations: [OperationResult], _ health: GeneratorHealth) -> [String] {
        var reasons: [String] = []
        let sent = operations.reduce(0) { $0 + $1.succeeded + $1.failed }
        if operations.allSatisfy({ $0.succeeded == 0 }) { reasons.append("no request succeeded") }
        if loops.contains(where: \.isStalled) {
            reasons.append("the run was given up before all requests were sent: nothing succeeded for a minute")
        }
        let busiest = loops.map(\.cpuShare).max() ?? 0
        let cpuMax =
            plan.rate == nil ? EngineLimits.closedLoopCPUShareMax : EngineLimits.openLoopCPUShareMax
        if busiest > cpuMax {
            let share = Self.percent(busiest)
            reasons.append("the generator was the bottleneck: one of its threads used \(share) of a core; \(remedy)")
        }
        if let stall = stallReason(health) { reasons.append(stall) }
        guard let rate = plan.rate else { return reasons }
        if Double(health.lateSends) > EngineLimits.lateShareMax * Double(sent) {
            let share = Double(health.lateSends) / Double(max(sent, 1))
            reasons.append("the generator sent \(Self.percent(share)) of the requests more than 1 ms late; \(remedy)")
        }
        let ownUnsent = loops.reduce(0) { $0 + $1.unsent - $1.unsentQueued }
        if Double(ownUnsent) > EngineLimits.lateShareMax * Double(sent + ownUnsent) {
            let goal = "\(Decimals.plain(rate)) requests/s"
            reasons.append(
                "the generator did not reach \(goal): it left out \(ownUnsent) although places were free; \(remedy)")
        }
        return reasons
    }

    /// A pause of the generator looks like a pause of the servers, and in a closed loop nothing else shows it.
    private func stallReason(_ health: GeneratorHealth) -> String? {
        let share = Double(health.stalled) / 1e9 / max(elapsedSeconds, 1e-9)
        let isOften = share > EngineLimits.stalledShareMax && health.stalled > EngineLimits.stalledMin
        guard isOften || health.longestStall > EngineLimits.longestStallMax else { return nil }
        let longest = Decimals.milliseconds(nanoseconds: health.longestStall)
        return "the generator was held up: one of its threads stood still for \(Self.percent(share)) of the "
            + "measurement, up to \(longest) ms at once; \(Self.leaveProcessors)"
    }

    /// More threads help a thread that has too much to do, if there is a processor for them; they do not help one that
    /// waits for a processor.
    private var remedy: String {
        guard (loops.map(\.cpuShare).max() ?? 0) >= EngineLimits.busyCPUShareMin else { return Self.leaveProcessors }
        if plan.threads < min(processorCount, plan.connections) { return "give it more --threads" }
        return plan.rate == nil
            ? "more threads than processors do not help: run it on a larger machine"
            : "more threads do not help: lower --rate, or run it on a larger machine"
    }

    private static let leaveProcessors = "it got no processor in time: leave some to it, or run it on its own machine"

    private static func percent(_ share: Double) -> String {
        let tenths = Int((share * 1_000).rounded())
        return "\(tenths / 10).\(tenths % 10) %"
    }
}
