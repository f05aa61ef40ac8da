internal import Histogram

/// The counts of one event loop in one second.
struct IntervalTally: Sendable {
    var latency = LatencyHistogram.forLatency
    var succeeded: UInt64 = 0
    var failed: UInt64 = 0
    /// Attempts to connect; they belong to no request.
    var failedConnects: UInt64 = 0

    mutating func recordSuccess(latency nanoseconds: UInt64, count: UInt64 = 1) {
        succeeded += count
        latency.record(nanoseconds)
    }

    mutating func add(_ other: IntervalTally) {
        latency.add(other.latency)
        succeeded += other.succeeded
        failed += other.failed
        failedConnects += other.failedConnects
    }

    mutating func clear() {
        guard succeeded > 0 || failed > 0 || failedConnects > 0 else { return }
        latency.reset()
        succeeded = 0
        failed = 0
        failedConnects = 0
    }

    static var emptyResult: IntervalResult {
        IntervalResult(endSecond: 0, succeeded: 0, failed: 0, failedConnects: 0, p50: 0, p99: 0, max: 0)
    }

    func result(endSecond: Int) -> IntervalResult {
        IntervalResult(
            endSecond: endSecond, succeeded: succeeded, failed: failed, failedConnects: failedConnects,
            p50: succeeded == 0 ? 0 : latency.valueAtPercentile(50),
            p99: succeeded == 0 ? 0 : latency.valueAtPercentile(99),
            max: succeeded == 0 ? 0 : latency.maxRecorded)
    }
}
