internal import Histogram

extension LatencyHistogram {
    /// A percentile as text in milliseconds; a dash if it is not known.
    func milliseconds(at percentile: Double) -> String {
        known(percentile).map { Decimals.milliseconds(nanoseconds: $0) } ?? "-"
    }

    /// Nil if there are too few values: the slowest of a hundred is no 99.9th percentile, and is shown as the maximum.
    func known(_ percentile: Double) -> UInt64? {
        guard totalCount > 0 else { return nil }
        let slower = Double(totalCount) * (100 - percentile) / 100
        // The division may miss 1 by a little.
        guard percentile <= 75 || slower > 1 - 1e-6 else { return nil }
        return Swift.min(valueAtPercentile(percentile), maxRecorded)
    }
}
