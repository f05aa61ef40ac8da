internal import Histogram

/// One row of the report: a kind of operation, or all together.
package struct OperationFigures: Sendable {
    /// Nil for all kinds together.
    package let kind: OperationKind?
    let succeeded: UInt64
    let failed: UInt64
    let items: UInt64
    let missed: UInt64
    let latency: LatencyHistogram
    let service: LatencyHistogram
    let failureLatency: LatencyHistogram
    /// Successful requests per second; 0 if the run took no time.
    let rate: Double
    /// Operations inside the successful requests, per second.
    let itemRate: Double

    var name: String { kind?.rawValue ?? "all" }
    var requests: UInt64 { succeeded + failed }
    /// 0…1; 0 if nothing was requested.
    var errorShare: Double { requests == 0 ? 0 : Double(failed) / Double(requests) }

    init(_ operation: OperationResult, seconds: Double) {
        kind = operation.kind
        succeeded = operation.succeeded
        failed = operation.failed
        items = operation.itemsSucceeded
        missed = operation.missed
        latency = operation.latency
        service = operation.service
        failureLatency = operation.failureLatency
        rate = seconds > 0 ? Double(succeeded) / seconds : 0
        itemRate = seconds > 0 ? Double(items) / seconds : 0
    }

    init(mergedFrom rows: [OperationFigures], seconds: Double) {
        kind = nil
        succeeded = rows.reduce(0) { $0 + $1.succeeded }
        failed = rows.reduce(0) { $0 + $1.failed }
        items = rows.reduce(0) { $0 + $1.items }
        missed = rows.reduce(0) { $0 + $1.missed }
        latency = Self.merged(rows, \.latency)
        service = Self.merged(rows, \.service)
        failureLatency = Self.merged(rows, \.failureLatency)
        rate = seconds > 0 ? Double(succeeded) / seconds : 0
        itemRate = seconds > 0 ? Double(items) / seconds : 0
    }

    private static func merged(
        _ rows: [OperationFigures], _ histogram: KeyPath<OperationFigures, LatencyHistogram>
    ) -> LatencyHistogram {
        let histograms = rows.map { $0[keyPath: histogram] }
        // The layout is that of the first, and must be the same in all.
        guard var merged = histograms.first else { return LatencyHistogram(numberOfSignificantValueDigits: .three) }
        merged.autoResize = true
        for other in histograms.dropFirst() { merged.add(other) }
        return merged
    }
}
