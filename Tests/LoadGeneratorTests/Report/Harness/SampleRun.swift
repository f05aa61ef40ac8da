import Bytes
import Histogram

@testable import LoadGenerator

/// Invented results, in which every figure is known.
enum SampleRun {
    static let environment = RunEnvironment(
        operatingSystem: "Debian 12", kernel: "6.1.0", processor: "A <fast> CPU", processorCount: 2,
        skiffVersion: "1.2.3")

    /// 900 gets of 1 ms, 90 of 10 ms; 10 puts of 100 ms and two failed ones; two seconds.
    static func closedLoop() -> LoadResult {
        var plan = LoadPlan(endpoints: [
            HostAndPort(host: "127.0.0.1", port: 2221), HostAndPort(host: "::1", port: 2222),
        ])
        plan.mix = [WeightedOperation(.get, weight: 99), WeightedOperation(.put, weight: 1)]
        plan.keys = .zipfian(theta: 0.99)
        plan.keyCount = 100_000
        plan.fillsFirst = true
        plan.consistency = .linearizable
        let gets = histogram([(1_000_000, 900), (10_000_000, 90)])
        let puts = histogram([(100_000_000, 10)])
        return LoadResult(
            plan: plan, startedAt: 1_700_000_000, elapsedSeconds: 2, sendingSeconds: 2,
            operations: [
                operation(.get, succeeded: 990, missed: 7, latency: gets, service: gets),
                operation(.put, succeeded: 10, failed: 2, latency: puts, service: puts),
            ],
            endpoints: [
                EndpointResult(name: "127.0.0.1:2221", succeeded: 990, failed: 0, failedConnects: 0, service: gets),
                EndpointResult(name: "[::1]:2222", succeeded: 10, failed: 2, failedConnects: 0, service: puts),
            ],
            intervals: [
                IntervalResult(
                    endSecond: 1, succeeded: 400, failed: 0, failedConnects: 0, p50: 1_000_000, p99: 10_000_000,
                    max: 10_000_000),
                IntervalResult(
                    endSecond: 2, succeeded: 600, failed: 2, failedConnects: 0, p50: 1_000_000, p99: 10_000_000,
                    max: 100_000_000),
            ],
            failures: [FailureCount(reason: "timeout", count: 2, service: histogram([(10_000_000_000, 2)]))],
            generator: GeneratorHealth(
                lateSends: 0, lateSendMax: 0, queuedSends: 0, unsent: 0, stalled: 0, longestStall: 0, cpuShare: 0.25),
            verification: nil, wasInterrupted: false, longestGapSeconds: 0.1234, bytesSent: 2_048,
            bytesReceived: 4_194_304, invalidReasons: [])
    }

    /// 100 batches of ten puts at a rate, each sent 1 ms too late.
    static func openLoop() -> LoadResult {
        var result = closedLoop()
        result.plan.mix = [WeightedOperation(.batch, weight: 1)]
        result.plan.batchSize = 10
        result.plan.rate = 50
        let latency = histogram([(3_000_000, 100)])
        let service = histogram([(2_000_000, 100)])
        result.operations = [operation(.batch, succeeded: 100, items: 1_000, latency: latency, service: service)]
        result.endpoints = [
            EndpointResult(name: "127.0.0.1:2221", succeeded: 100, failed: 0, failedConnects: 0, service: service),
            EndpointResult(name: "[::1]:2222", succeeded: 0, failed: 0, failedConnects: 0, service: nil),
        ]
        result.failures = []
        result.generator = GeneratorHealth(
            lateSends: 3, lateSendMax: 2_500_000, queuedSends: 4, unsent: 0, stalled: 0, longestStall: 0, cpuShare: 0.5)
        return result
    }

    /// A run without any answer.
    static func nothing() -> LoadResult {
        var result = closedLoop()
        result.operations = []
        result.endpoints = []
        result.intervals = []
        result.failures = []
        return result
    }

    static func histogram(_ values: [(UInt64, UInt64)]) -> LatencyHistogram {
        var histogram = LatencyHistogram(numberOfSignificantValueDigits: .three)
        for (value, count) in values { histogram.record(value, count: count) }
        return histogram
    }

    private static func operation(
        _ kind: OperationKind, succeeded: UInt64, failed: UInt64 = 0, items: UInt64? = nil, missed: UInt64 = 0,
        latency: LatencyHistogram, service: LatencyHistogram
    ) -> OperationResult {
        var failures = histogram([])
        if failed > 0 { failures.record(10_000_000_000, count: failed) }
        return OperationResult(
            kind: kind, succeeded: succeeded, failed: failed, itemsSucceeded: items ?? succeeded, missed: missed,
            latency: latency, service: service, failureLatency: failures)
    }
}
