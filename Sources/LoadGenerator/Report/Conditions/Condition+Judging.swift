internal import Histogram

// How a condition is judged by the figures of a run.
extension Condition {
    func outcome(in summary: Summary) -> ConditionOutcome {
        let measured = measure(summary)
        let objection = measured == nil ? nil : objection(in: summary)
        let holds = measured.map { comparator.holds($0, threshold) } ?? false
        return ConditionOutcome(
            condition: self, measured: measured, holds: holds && objection == nil, objection: objection)
    }

    /// Starts that were still queued at the end have neither a latency nor an error, for example if the cluster died
    /// before the end. Their kinds of operation are not known.
    private func objection(in summary: Summary) -> String? {
        switch metric {
        case .percentile, .mean, .max, .errorShare, .errorCount:
            let share = summary.unsentShare
            guard share > EngineLimits.unsentShareMax else { return nil }
            return "\(Decimals.percent(share)) of the requests that were to start were never sent"
        case .rate, .gap: return nil
        }
    }

    private func measure(_ summary: Summary) -> Double? {
        if metric == .gap { return summary.result.longestGapSeconds }
        let rows = operation == nil ? [summary.all] : summary.operations.filter { $0.kind == operation }
        guard let row = rows.first else { return nil }
        switch metric {
        case .percentile(let percentile):
            return row.succeeded == 0 ? nil : Double(row.latency.valueAtPercentile(percentile)) / 1e9
        case .mean: return row.succeeded == 0 ? nil : row.latency.mean / 1e9
        case .max: return row.succeeded == 0 ? nil : Double(row.latency.maxRecorded) / 1e9
        case .rate: return row.rate
        case .errorShare:
            guard operation != nil else { return summary.errorShare }
            return row.requests == 0 ? nil : row.errorShare
        case .errorCount: return Double(operation == nil ? summary.errors : row.failed)
        case .gap: return nil
        }
    }
}
