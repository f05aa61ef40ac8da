import Testing

@testable import LoadGenerator

@Suite("A generator that was held up makes a run invalid")
struct ValidityTests {
    private let millisecond: UInt64 = 1_000_000

    /// The reasons to distrust a run of ten seconds with two threads, one of which stood still. Times in milliseconds.
    private func reasons(rate: Double? = nil, stalled: UInt64, longest: UInt64) -> [String] {
        var plan = LoadPlan(endpoints: [])
        plan.rate = rate
        let end = 11_000 * millisecond
        var measurements = Measurements(plan: plan)
        measurements.recordSuccess(.put, latency: millisecond, service: millisecond, items: 1, missed: false)
        let loops = [(stalled, longest), (0, 0)].map { stalled, longest in
            LoopResult(
                measurements: measurements, gaps: SuccessGaps(start: end), sendingEnd: end, lastAnswer: end,
                cpuShare: 0.1, lateSends: 0, lateSendMax: 0, queuedSends: 0, unsent: 0, unsentQueued: 0,
                stalled: stalled * millisecond, longestStall: longest * millisecond, isStalled: false)
        }
        let times = LoadLoop.Times(warmUpStart: 0, measureStart: 1_000 * millisecond, measureEnd: end)
        return ResultAssembly(plan: plan, times: times, startedAt: 0, loops: loops)
            .result(intervals: [], verification: nil, wasInterrupted: false).invalidReasons
    }

    @Test("Many short stalls, in a closed and in an open loop", arguments: [nil, 100])
    func often(rate: Double?) {
        #expect(reasons(rate: rate, stalled: 480, longest: 40) == [])
        #expect(
            reasons(rate: rate, stalled: 1_234, longest: 40) == [
                "the generator was held up: one of its threads stood still for 12.3 % of the measurement, "
                    + "up to 40.0 ms at once; leave processors to it"
            ])
    }

    @Test("A single long one")
    func long() {
        #expect(reasons(stalled: 500, longest: 500) == [])
        #expect(reasons(stalled: 501, longest: 501).count == 1)
        #expect(reasons(stalled: 501, longest: 501).first?.contains("up to 501 ms at once") == true)
    }
}
