import Bytes
import Testing

@testable import LoadGenerator

@Suite("A generator that was held up makes a run invalid")
struct ValidityTests {
    private let millisecond: UInt64 = 1_000_000

    /// The reasons to distrust a run of ten seconds with two threads, one of which stood still. Times in milliseconds.
    private func reasons(
        rate: Double? = nil, stalled: UInt64 = 0, longest: UInt64 = 0, cpuShare: Double = 0.1, lateSends: UInt64 = 0,
        processorCount: Int = 4
    ) -> [String] {
        var plan = LoadPlan(endpoints: [HostAndPort(host: "a", port: 1)])
        plan.rate = rate
        plan.threads = 2
        let end = 11_000 * millisecond
        var measurements = Measurements(plan: plan)
        measurements.recordSuccess(
            .put, latency: millisecond, service: millisecond, items: 1, missed: false, endpoint: 0)
        let loops = [(stalled, longest), (0, 0)].map { stalled, longest in
            LoopResult(
                measurements: measurements, gaps: SuccessGaps(start: end), sendingEnd: end, lastAnswer: end,
                cpuShare: cpuShare, lateSends: lateSends, lateSendMax: 0, queuedSends: 0, unsent: 0, unsentQueued: 0,
                stalled: stalled * millisecond, longestStall: longest * millisecond, isStalled: false)
        }
        let times = LoadLoop.Times(warmUpStart: 0, measureStart: 1_000 * millisecond, measureEnd: end)
        return ResultAssembly(plan: plan, times: times, startedAt: 0, loops: loops, processorCount: processorCount)
            .result(intervals: [], verification: nil, wasInterrupted: false).invalidReasons
    }

    @Test("Many short stalls, in a closed and in an open loop", arguments: [nil, 100])
    func often(rate: Double?) {
        #expect(reasons(rate: rate, stalled: 480, longest: 40) == [])
        #expect(
            reasons(rate: rate, stalled: 1_234, longest: 40) == [
                "the generator was held up: one of its threads stood still for 12.3 % of the measurement, "
                    + "up to 40.0 ms at once; it got no processor in time: leave some to it, "
                    + "or run it on its own machine"
            ])
    }

    @Test("A single long one")
    func long() {
        #expect(reasons(stalled: 500, longest: 500) == [])
        #expect(reasons(stalled: 501, longest: 501).count == 1)
        #expect(reasons(stalled: 501, longest: 501).first?.contains("up to 501 ms at once") == true)
    }

    @Test("The remedy is one for the cause: threads for a busy thread, if there are processors for them")
    func remedies() {
        func late(cpuShare: Double, processorCount: Int) -> String? {
            reasons(rate: 100, cpuShare: cpuShare, lateSends: 1, processorCount: processorCount).first
        }
        let sentence = "the generator sent 100.0 % of the requests more than 1 ms late; "

        #expect(late(cpuShare: 0.8, processorCount: 4) == sentence + "give it more --threads")
        #expect(
            late(cpuShare: 0.8, processorCount: 2)
                == sentence + "more threads do not help: lower --rate, or run it on a larger machine")
        #expect(
            late(cpuShare: 0.3, processorCount: 4)
                == sentence + "it got no processor in time: leave some to it, or run it on its own machine")
        #expect(
            reasons(cpuShare: 0.99, processorCount: 2) == [
                "the generator was the bottleneck: one of its threads used 99.0 % of a core; "
                    + "more threads than processors do not help: run it on a larger machine"
            ])
    }
}
